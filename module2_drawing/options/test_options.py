"""Options of test.py."""

import argparse

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.published_flags import add_published_flags

from ..published.names import TEST_MODELS
from .base_options import BaseOptions


class TestOptions(BaseOptions):
    __test__ = False  # not a test case, whatever its name says to pytest

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add = parser.add_argument_group("test").add_argument
        add("--results_dir", default="./results/", help="folder of the results")
        add("--aspect_ratio", type=float, default=1.0, help="width of a saved image relative to its height")
        add("--phase", default="test", help="which lists: datasets/list/PHASE{A,B}")
        add("--num_test", type=int, default=50, help="at most so many frames")
        add("--imagefolder", default="images", help="folder of the images below results/NAME/PHASE_EPOCH")
        add_published_flags(parser, "module2_drawing/test.py")
        # As large as the crop: a test crops nothing away.
        parser.set_defaults(model=TEST_MODELS[0], load_size=parser.get_default("crop_size"))

    def add_model_options(self, parser: argparse.ArgumentParser, name: str) -> None:
        from ..published.test_model import PortraitTestModel

        if name not in TEST_MODELS:
            raise InputError(f"unknown --model {name}; there are {', '.join(TEST_MODELS)}")
        PortraitTestModel.add_options(parser)
