#!/usr/bin/env bash
# moviepy 2.2.1, pydub 0.25.1 and miniaudio 1.71: a sound of 44.1 kHz brought to the 16 kHz that speech models hear. It is a tone
# of 12 kHz, as high as the hiss of an s reaches, which 16 kHz cannot hold.
# SEEN: clip.audio.write_audiofile("a.wav", fps=16000) writes it as a tone of 4 kHz, 1 dB below its own level: samples are picked out
#       with no filter. to_soundarray(fps=16000) of the same clip is silent, as it should be. pydub's set_frame_rate(16000)
#       gives the 4 kHz 2 dB lower, miniaudio's decode_file(sample_rate=16000) 23 dB lower. PyAV's resampler is silent.
# A GOOD GUESS SAID: moviepy filters, as ffmpeg does for it; pydub, which draws straight lines, is 10 dB lower.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" soundfile==0.14.0 av==18.1.0 numpy==1.26.4 \
    moviepy==2.2.1 imageio-ffmpeg==0.6.0 pydub==0.25.1 miniaudio==1.71 audioop-lts==0.2.1\;python_version\>\"3.12\"
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys

import av
import miniaudio
import numpy as np
import soundfile
from moviepy import AudioFileClip
from pydub import AudioSegment

tone, written = sys.argv[1] + "/tone.wav", sys.argv[1] + "/written.wav"
sound = 0.4 * np.sin(2 * np.pi * 12_000 * np.arange(88_200) / 44_100)
soundfile.write(tone, np.stack([sound, sound], axis=1), 44_100)


def level(samples):
    """dB of the 4 kHz, against the tone."""
    samples = np.asarray(samples, float).ravel()[4000:20_000]
    amplitude = 2 * abs(np.exp(2j * np.pi * 0.25 * np.arange(len(samples))) @ samples) / len(samples)
    return round(float(20 * np.log10(max(amplitude, 1e-4) / 0.4)))


clip = AudioFileClip(tone)
clip.write_audiofile(written, fps=16_000, logger=None)
with av.open(tone) as container:
    resampler = av.AudioResampler("fltp", "mono", 16_000)
    in_av = [part.to_ndarray()[0] for frame in container.decode(audio=0) for part in resampler.resample(frame)]
slow = AudioSegment.from_file(tone).set_frame_rate(16_000).split_to_mono()[0]
seen = {
    "moviepy, write_audiofile": level(soundfile.read(written)[0][:, 0]),
    "moviepy, to_soundarray": level(clip.to_soundarray(fps=16_000)[:, 0]),
    "pydub": level(np.array(slow.get_array_of_samples()) / 32768),
    "miniaudio": level(np.array(miniaudio.decode_file(tone, nchannels=1, sample_rate=16_000).samples) / 32768),
    "PyAV": level(np.concatenate(in_av)),
}
print("4 kHz of a 12 kHz tone, dB:", seen)
silent = (seen["PyAV"], seen["moviepy, to_soundarray"])
sys.exit(max(silent) > -70 or (seen["moviepy, write_audiofile"], seen["pydub"], seen["miniaudio"]) != (-1, -2, -23))
P
