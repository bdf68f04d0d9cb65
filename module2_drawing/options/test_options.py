"""Options of test.py."""

import argparse

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.published_flags import add_published_flags

from ..published.names import TEST_MODELS
from .base_options import BaseOptions
from .flags import Flag, add_flags

TEST = (
    Flag("results_dir", "./results/", "folder of the results"),
    Flag("aspect_ratio", 1.0, "width of a saved image relative to its height"),
    Flag("phase", "test", "which lists: datasets/list/PHASE{A,B}"),
    Flag("num_test", 50, "at most so many frames"),
    Flag("imagefolder", "images", "folder of the images below results/NAME/PHASE_EPOCH"),
)


class TestOptions(BaseOptions):
    __test__ = False  # not a test case, whatever its name says to pytest

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_flags(parser.add_argument_group("test"), TEST)
        add_published_flags(parser, "module2_drawing/test.py")
        # As large as the crop: a test crops nothing away.
        parser.set_defaults(model=TEST_MODELS[0], load_size=parser.get_default("crop_size"))

    def add_model_options(self, parser: argparse.ArgumentParser, name: str) -> None:
        from ..published.test_model import PortraitTestModel

        if name not in TEST_MODELS:
            raise InputError(f"unknown --model {name}; there are {', '.join(TEST_MODELS)}")
        add_flags(parser, PortraitTestModel.FLAGS)
        add_published_flags(parser, "portrait_test")
        parser.set_defaults(dataset_mode="portrait_test")
