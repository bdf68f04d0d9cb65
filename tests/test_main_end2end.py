"""The end-to-end command: options, files in, files out, and one line for each mistake."""

from fractions import Fraction

import numpy as np
import pytest

import main_end2end
from main_end2end import output_file, parse_arguments
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.landmark_file import Motion, read_landmarks, write_landmarks
from module1_audio2lmk.motion_options import frame_rate
from module2_drawing.picture_options import generator_file, style_of


def test_published_flags_are_accepted():
    flags = (
        "--jpg a.jpg --audio b.wav --exp formal/cartoon --epoch 70 --rerun 1 --amp_lip_x 2. --amp_lip_y 2."
    )
    flags += " --amp_pos .5 --load_AUTOVC_name a.pth --load_a2l_G_name b.pth --load_a2l_C_name c.pth"
    options = parse_arguments([*flags.split(), "--output_folder", "out"])
    assert output_file(options).as_posix() == "out/a-b/cartoon.mp4"


def test_output_names():
    assert (
        output_file(parse_arguments(["--video", "x/clip.mp4"])).as_posix() == "output/clip-clip/drawing.mp4"
    )
    options = parse_arguments(["--jpg", "p.png", "--audio", "s.mp3", "--output", "here.mp4"])
    assert output_file(options).as_posix() == "here.mp4"


def test_default_folders_have_names_that_a_file_system_takes():
    options = parse_arguments(["--jpg", f"{'字' * 80}.png", "--audio", f"{'x' * 200}.mp3"])
    assert len(output_file(options).parent.name.encode()) < 255


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--save_landmarks", "x/../voice.wav"], "is the input itself"),
        (["--save_svg", "photo.jpg"], "is the input itself"),
        (["--save_svg", "drawing.png"], "end the name in .svg"),
        (["--output", "photo.jpg"], "is the input itself"),
        (["--save_landmarks", "a.npz", "--save_curves", "a.npz"], "written by another option"),
        (["--save_curves", "a.doc"], "name end in"),
        (["--save_landmarks", "a.csv"], "end the name in"),
    ],
)
def test_inputs_are_never_written(more, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("photo.jpg", "voice.wav"):
        (tmp_path / name).write_text("mine")
    with pytest.raises(InputError, match=message):
        main_end2end.main(["--jpg", "photo.jpg", "--audio", "voice.wav", *more])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "photo.jpg": "mine",
        "voice.wav": "mine",
    }


def test_styles_and_experiments():
    base = ["--jpg", "a.jpg", "--audio", "b.wav"]
    assert style_of(parse_arguments(base)) == "drawing"
    assert style_of(parse_arguments([*base, "--exp", "training/cartoon1"])) == "cartoon"
    assert style_of(parse_arguments([*base, "--style", "oil"])) == "oil"
    assert style_of(parse_arguments([*base, "--style", "line_drawing"])) == "drawing"
    assert generator_file(parse_arguments([*base, "--style", "oil"])) is None


def test_frame_rates():
    assert frame_rate("62.5") == Fraction(125, 2)
    assert frame_rate("30000/1001") == Fraction(30000, 1001)
    for bad in ("0", "-3", "fast", "1000", "1/0"):
        with pytest.raises(Exception, match=r"frame rate|frames per second"):
            frame_rate(bad)


@pytest.mark.parametrize(
    "arguments", [[], ["--jpg", "a.jpg"], ["--audio", "b.wav"], ["--jpg", "", "--audio", "b.wav"]]
)
def test_missing_options_exit_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        parse_arguments(arguments)
    assert stop.value.code == 2
    assert "error: give" in capsys.readouterr().err


def test_an_epoch_that_is_not_there_is_an_error(tmp_path):
    base = ["--jpg", "a.jpg", "--audio", "b.wav", "--checkpoints_dir", str(tmp_path)]
    assert generator_file(parse_arguments(base)) is None
    with pytest.raises(InputError, match="60_net_G_A"):
        generator_file(parse_arguments([*base, "--epoch", "60"]))
    with pytest.raises(InputError, match="mine"):
        generator_file(parse_arguments([*base, "--exp", "training/mine"]))


@pytest.mark.parametrize("value", ["-1", "nan", "1.5", "9" * 30, ""])
def test_what_is_no_seed(value, capsys):
    with pytest.raises(SystemExit) as stop:
        parse_arguments(["--jpg", "a.jpg", "--audio", "b.wav", f"--seed={value}"])
    assert stop.value.code == 2
    assert "--seed" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["amp_lip_x", "amp_lip_y", "amp_pos", "amp_brow"])
@pytest.mark.parametrize("value", [-5.0, 1000.0, float("nan"), float("inf")])
def test_amplitudes_out_of_range(name, value):
    from module1_audio2lmk import SpeechToLandmarks

    with pytest.raises(InputError, match=f"--{name} .* is out of range"):
        SpeechToLandmarks(**{name: value})


def test_outputs_that_cannot_be_written_are_told_before_the_work(tmp_path, monkeypatch):
    from module1_audio2lmk.foundation.face import align

    monkeypatch.setattr(align, "align_face", lambda *_: pytest.fail("the work has begun"))
    base = ["--jpg", "data/examples/astronaut.jpg", "--audio", "data/examples/speech.wav", "--device", "cpu"]
    base += ["--output", str(tmp_path / "a.mp4"), "--quiet"]
    with pytest.raises(InputError, match="/proc"):
        main_end2end.main([*base, "--save_landmarks", "/proc/a.npz"])
    assert list(tmp_path.iterdir()) == []


def test_draws_given_landmarks_to_a_video(tmp_path, face):
    """Default weights, the example photo, no speech: 6 frames at 62.5 per second."""
    from module1_audio2lmk.foundation.media import iter_frames, probe

    photo = "data/examples/astronaut.jpg"
    frames = np.repeat(face.landmarks[None, :, :2], 6, 0)
    write_landmarks(str(tmp_path / "l.npz"), Motion(frames, Fraction(125, 2)))
    output = tmp_path / "out" / "drawing.mp4"
    main_end2end.main(
        ["--jpg", photo, "--from_landmarks", str(tmp_path / "l.npz"), "--output", str(output), "--quiet"]
        + ["--device", "cpu", "--save_landmark_video", str(tmp_path / "landmarks.mp4")]
    )
    drawn = list(iter_frames(output))
    assert len(drawn) == 6
    assert probe(output).fps == Fraction(125, 2)
    assert drawn[0].shape == (512, 512, 3)
    # A drawing: mostly paper, some ink, and equal frames for equal landmarks.
    assert 0.02 < (drawn[3] < 100).mean() < 0.6
    assert np.abs(drawn[2].astype(int) - drawn[5]).mean() < 3
    assert probe(tmp_path / "landmarks.mp4").width == 512


def test_the_portrait_draws_itself_first(tmp_path, face):
    """Two frames at rest after an intro of three, and the strokes as an SVG."""
    from module1_audio2lmk.foundation.media import iter_frames

    photo, output, svg = "data/examples/astronaut.jpg", tmp_path / "a.mp4", tmp_path / "a.svg"
    frames = np.repeat(face.landmarks[None, :, :2], 2, 0)
    write_landmarks(str(tmp_path / "l.npz"), Motion(frames, Fraction(25)))
    given = ["--jpg", photo, "--from_landmarks", str(tmp_path / "l.npz"), "--size", "256", "--quiet"]
    given += ["--output", str(output), "--intro", "0.12", "--save_svg", str(svg)]
    with pytest.raises(InputError, match="oil has no strokes"):
        main_end2end.main([*given, "--style", "oil"])
    main_end2end.main(given)
    ink = [(frame < 100).mean() for frame in iter_frames(output)]
    assert len(ink) == 5 and 0 < ink[0] < 0.7 * ink[2] and abs(ink[2] - ink[3]) < 0.02
    assert 1_000 < svg.stat().st_size < 300_000


@pytest.mark.parametrize(
    ("photo", "message"), [("missing.jpg", "not found"), (".", "folder"), ("grey.png", "no face")]
)
def test_bad_photos_give_one_line_and_no_file(photo, message, tmp_path, monkeypatch):
    import cv2

    monkeypatch.chdir(tmp_path)
    cv2.imwrite("grey.png", np.full((300, 300, 3), 127, np.uint8))
    np.savez("l.npz", frames=np.arange(680, dtype=np.float32).reshape(5, 68, 2), fps=25.0)
    with pytest.raises(InputError, match=message):
        main_end2end.main(["--jpg", photo, "--from_landmarks", "l.npz", "--device", "cpu", "--quiet"])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["grey.png", "l.npz"]


def test_speaks_for_a_second_in_step_with_the_sound(tmp_path):
    """The whole way with the shipped weights: photo and speech to a video as long as the sound."""
    import soundfile

    from module1_audio2lmk.foundation.media import probe

    sound, rate = soundfile.read("data/examples/speech.wav")
    soundfile.write(tmp_path / "second.wav", sound[: rate + 160], rate)
    output, kept = tmp_path / "speaking.mp4", tmp_path / "kept.npz"
    base = ["--jpg", "data/examples/astronaut.jpg", "--audio", str(tmp_path / "second.wav"), "--fps", "10"]
    base += ["--device", "cpu", "--quiet", "--seed", "4"]
    main_end2end.main([*base, "--output", str(output), "--save_landmarks", str(kept)])
    found, motion = probe(output), read_landmarks(str(kept))
    assert found.video_codec == "h264"
    assert found.audio_codec == "aac"
    assert abs(found.duration - 1.01) < 0.15
    assert motion.frames.shape == (10, 68, 2)
    assert np.ptp(motion.frames[:, 66, 1] - motion.frames[:, 62, 1]) > 1
    again = tmp_path / "again.mp4"
    main_end2end.main([*base, "--output", str(again)])
    assert again.read_bytes() == output.read_bytes()
