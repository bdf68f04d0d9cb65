import json

import numpy as np
import pytest
import torch

from module1_audio2lmk.foundation.errors import InputError
from module2_drawing.rendering.compose import blend, on_white
from module2_drawing.util.html import ImagePage
from module2_drawing.util.image_pool import ImagePool
from module2_drawing.util.images import resized, stretched, to_image, to_tensor
from module2_drawing.util.loss_log import LossLog
from module2_drawing.util.training_state import StateFolder


def test_every_grey_value_survives_the_round_trip():
    # Cut off, as the published program does: some values lose 1 on the way.
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    back = to_image(to_tensor(values))
    assert back.shape == (16, 16, 3)
    assert set((values.astype(int) - back[..., 0]).ravel()) <= {0, 1}
    levels = torch.tensor([[[-1.2, -1.0, 0.0, 0.9999, 1.0, 1.2]]])
    assert to_image(levels)[0, :, 0].tolist() == [0, 0, 127, 254, 255, 255]
    assert to_image(levels, rounded=True)[0, :, 0].tolist() == [0, 0, 128, 255, 255, 255]


def test_colour_order_is_kept():
    image = np.zeros((2, 3, 3), np.uint8)
    image[..., 1] = 255
    tensor = to_tensor(image)
    assert tensor.shape == (1, 3, 2, 3) and tensor[0, :, 0, 0].tolist() == [-1, 1, -1]


def test_mixing():
    front, back = torch.full((1, 1, 2, 2), -0.5), torch.full((1, 1, 2, 2), 0.5)
    mask = torch.tensor([[[[0.0, 1.0], [0.5, 0.25]]]])
    assert blend(front, back, mask).flatten().tolist() == pytest.approx([0.5, -0.5, 0.0, 0.25])
    assert on_white(front, mask).flatten().tolist() == pytest.approx([1.0, -0.5, 0.25, 0.625])


def test_sizes():
    image = np.zeros((8, 8, 3), np.uint8)
    assert resized(image, 8) is image and resized(image, 4).shape == (4, 4, 3)
    assert stretched(image, 1.0) is image
    assert stretched(image, 2.0).shape == (8, 16, 3) and stretched(image, 0.5).shape == (16, 8, 3)


def test_pool_returns_older_images():
    pool = ImagePool(3, seed=1)
    seen = [float(pool.query(torch.full((1, 1), float(i)))) for i in range(40)]
    assert seen[:3] == [0, 1, 2]
    older = sum(value < i for i, value in enumerate(seen))
    assert 8 < older < 30
    straight = ImagePool(0)
    batch = torch.rand(2, 3, requires_grad=True)
    assert torch.equal(straight.query(batch), batch) and not straight.query(batch).requires_grad


def test_pool_goes_on_where_it_was():
    first, second = ImagePool(3, seed=1), ImagePool(3, seed=9)
    for i in range(10):
        first.query(torch.full((1, 1), float(i)))
    second.load_state_dict(first.state_dict(), torch.device("cpu"))
    images = [torch.full((1, 1), 100.0 + i) for i in range(10)]
    assert [float(first.query(i)) for i in images] == [float(second.query(i)) for i in images]


def test_last_three_states_are_kept_and_a_damaged_one_is_passed_over(tmp_path, capsys):
    states = StateFolder(tmp_path / "state", keep=3)
    for images in (10, 20, 30, 40):
        states.save(images, {"images": images, "weights": torch.ones(2)})
    assert sorted(path.name for path in states.folder.iterdir()) == [f"0000000{n}0.pt" for n in (2, 3, 4)]
    assert states.load()["images"] == 40
    newest = states.folder / "000000040.pt"
    newest.write_bytes(newest.read_bytes()[:100])
    assert states.load()["images"] == 30 and "000000040.pt" in capsys.readouterr().err
    with pytest.raises(InputError, match="no training state"):
        StateFolder(tmp_path / "other").load()


def test_states_of_processes_do_not_mix(tmp_path):
    for rank in (0, 1):
        StateFolder(tmp_path, rank=rank).save(10, {"rank": rank})
    assert [StateFolder(tmp_path, rank=rank).load()["rank"] for rank in (0, 1)] == [0, 1]


def test_log_drops_rows_after_the_resumed_state(tmp_path):
    log = LossLog(tmp_path)
    for images in (10, 20, 30):
        log.add(1, images, {"G": 1.0 / images, "D": 0.5})
    again = LossLog(tmp_path, resume_at=20)
    again.add(1, 30, {"G": 9.0, "D": 0.5})
    rows = [json.loads(line) for line in (tmp_path / "losses.jsonl").read_text().splitlines()]
    assert [row["images"] for row in rows] == [10, 20, 30] and rows[-1]["G"] == 9.0
    lines = (tmp_path / "losses.csv").read_text().splitlines()
    assert lines[0] == "epoch,images,G,D" and lines[-1] == "1,30,9.0,0.5" and len(lines) == 4
    chart = again.chart()
    assert chart.count("<polyline") == 2 and "G: 9.0000" in chart
    assert LossLog(tmp_path / ".").rows == []


def test_page_escapes_names(tmp_path):
    page = ImagePage(tmp_path / "deep/index.html", "a < b", refresh=5)
    page.add_row("x->y", {"one": "images/x->y #1.png"}, 128)
    page.save()
    text = (tmp_path / "deep/index.html").read_text()
    assert "a &lt; b" in text and 'src="images/x-%3Ey%20%231.png"' in text and 'content="5"' in text
