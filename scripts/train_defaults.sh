#!/usr/bin/env bash
# Remakes the weights of checkpoints/default from a folder of photos and a folder of talking clips.
#
#     bash scripts/train_defaults.sh PHOTOS CLIPS WORK
#
# Stage by stage; a stage that is done is skipped and an interrupted one goes on, so the same command continues
# after a kill. Environment: STYLES="line_drawing cartoon" (default: all four), VALIDATION=names of clips
# that are held out, with commas, MINUTES=40 of synthetic speech, EPOCHS=4, DEVICE=-1 (CPU) or 0 (CUDA),
# SOUNDS=a folder of recorded speech for pseudo-labels (see module1_audio2lmk/README.md; without it the weights that hear
# the mel learn from CLIPS and synthetic speech alone). The encoders of speech and of speakers stay as they are.
set -euo pipefail
[[ $# == 3 ]] || { echo "error: give PHOTOS CLIPS WORK; see the head of $0" >&2; exit 2; }
for folder in "$1" "$2"; do
    [[ -d "$folder" ]] || { echo "error: no folder $folder; give photos, then clips" >&2; exit 2; }
done
PHOTOS="$(cd "$1" && pwd)" CLIPS="$(cd "$2" && pwd)"
mkdir -p "$3"
WORK="$(cd "$3" && pwd)"
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
STYLES="${STYLES:-line_drawing cartoon oil watercolour}" VALIDATION="${VALIDATION:-}" MINUTES="${MINUTES:-40}"
EPOCHS="${EPOCHS:-4}" DEVICE="${DEVICE:--1}"
SOUNDS="${SOUNDS:-}"
if [[ -n "$SOUNDS" ]]; then
    [[ -d "$SOUNDS" ]] || { echo "error: no folder $SOUNDS; give SOUNDS a folder of recorded speech" >&2; exit 2; }
    SOUNDS="$(realpath "$SOUNDS")"
fi
LOSSES=(--lambda_landmarks 0 --lambda_laplacian 0 --lambda_motion 0 --lambda_shape 0.5 --lambda_opening 1
    --lambda_velocity 2 --lambda_correlation 0.3)
TAUGHT=(--teacher_data "$WORK/pseudo_labels" --channels 192 --closure_channels 96 --dropout 0.12 --viseme_share 0.2
    --pseudo_label_share 0.5 --lambda_heard 0.5 --lambda_velocity 0.5 --lambda_correlation 1)
CLOSURES=(--steps 2200 --lr 0.002 --parts closure --viseme_share 0.4 --pseudo_label_share 0.4 --certain 4
    --aug_still_chance 0.15)
RESPONSE=(--batch_size 8 --steps 1500 --lr 0.001 --lambda_speaker_realness 0.5 --lambda_speaker_match 0.2
    --lambda_speaker_position 0.25 --lambda_speaker_laplacian 0.5)
DEFAULTS="$ROOT/checkpoints/default"
HELD_OUT=()
PAIRS=(--model motion_pairs --pair_probability 0.85 --batch_size 1 --lr 0.0006 --ndf 16)
SIX_LOSSES=(--model portrait --pair_probability 0.5 --batch_size 1 --lr 0.0002 --ndf 16 --blendbg 1 --soft_edge 1
    --vacated filled --truth moved --clip_poses 0.8 --augment_photos --lambda_warp 20 --lambda_geom 50
    --lambda_geom_lipline 10 --more_weight_for_lip 2 --lambda_face 3 --lambda_warp_inter 10 --niter 1 --niter_decay 1)
LANDMARKS=(--width 0.5 --photo_share 0.125 --clips --moved 0.6 --shift 0.06 --turn 10 --ema 0.995 --batch_size 16
    --lr 0.002 --niter 20)
[[ -z "$VALIDATION" ]] || HELD_OUT=(--validation "$VALIDATION")

stage() { # NAME COMMAND…: once
    local mark="$WORK/done/$1"
    shift
    [[ -e "$mark" ]] && return
    echo "== ${mark##*/}"
    "$@"
    mkdir -p "$WORK/done"
    touch "$mark"
}

speech() { # BRANCH OPTIONS…
    local branch="$1"
    shift
    "$PYTHON" -m module1_audio2lmk.train --branch "$branch" --data "$WORK/clips" --run_dir "$WORK/runs/$branch" "$@"
    cp "$WORK/runs/$branch"/*.safetensors "$DEFAULTS/"
}

speaker() { # first what hears, then, adversarially, what responds
    local hears="$WORK/runs/speaker_hears" shared=(--frames 320 --weight_decay 0.01 --average 0.99 --amp)
    "$PYTHON" -m module1_audio2lmk.train --branch speaker --data "$WORK/clips" --run_dir "$hears" "${shared[@]}" \
        --batch_size 4 --steps 120
    speech speaker "${shared[@]}" --init "$hears/speaker_branch.safetensors" --freeze_hearing "${RESPONSE[@]}"
}

content() { # NAME OPTIONS…: one member of the content branch that hears the mel
    local name="$1"
    shift
    "$PYTHON" -m module1_audio2lmk.train --branch content --data "$WORK/clips" --viseme_data "$WORK/visemes" \
        --run_dir "$WORK/runs/$name" --closure_size 2 "${LOSSES[@]}" "$@"
}

finish_content() { # MEMBER CLOSURES: the weights of two runs, and how lips close
    local member="$WORK/runs/$1/content_branch.safetensors" closures="$WORK/runs/$2/content_branch.safetensors"
    "$PYTHON" -m module1_audio2lmk.training.finish "$member" --closure "$closures" --gain 1.1 --closing 0.02 \
        --touch 0.75 0.95 --out "$DEFAULTS/content_branch_mel.safetensors"
}

both_stages() { # NAME CHANNELS EPOCHS OPTIONS…: a generator, first from pairs, then with the paper's six losses
    local name="$1" channels="$2" epochs="$3"
    shift 3
    local shared=(--dataroot faces --ngf 16 --netg_resb_disp 3 --input_nc $((3 + channels)) --output_nc "$channels"
        --load_size 256 --matte_margin 4 --gpu_ids "$DEVICE" --display_id 0 --save_latest_freq 200 --seed 1)
    train "$name/pairs" "${shared[@]}" "${PAIRS[@]}" --niter $((epochs / 2)) --niter_decay $((epochs - epochs / 2)) \
        --ema 0.995 "$@"
    mkdir -p "checkpoints/$name/gan"
    [[ -d "checkpoints/$name/gan/state" ]] ||
        cp "checkpoints/$name/pairs/latest_net_G_A.pth" "checkpoints/$name/gan/latest_net_G_A.pth"
    train "$name/gan" "${shared[@]}" "${SIX_LOSSES[@]}" --ema 0.995 "$@" --continue_train
}

drawing() { # STYLE: what paints over, and the mean of both stages
    local style="$1" channels=3 crispness=0 name
    [[ "$style" == line_drawing ]] && channels=1 crispness=1
    name="${style/line_/}"
    both_stages "$name" "$channels" "$EPOCHS" --style "$style" --netG overpaint
    "$PYTHON" "$ROOT/scripts/export_weights.py" "checkpoints/$name/gan/latest_net_G_A.pth" \
        "$DEFAULTS/generator_$name.safetensors" --average "checkpoints/$name/pairs/latest_net_G_A.pth" --completed \
        --crispness "$crispness"
}

paper() { # the system of the paper: features are moved by the own flow A, too
    both_stages paper 1 6 --style line_drawing --netG warp --own_flow --precision bfloat16
    "$PYTHON" "$ROOT/scripts/export_weights.py" checkpoints/paper/gan/latest_net_G_A.pth \
        "$DEFAULTS/paper_drawing.safetensors" --average checkpoints/paper/pairs/latest_net_G_A.pth --completed
}

helper() { # MODEL NETWORK FILE OPTIONS…: a network that a loss needs
    local model="$1" network="$2" file="$3"
    shift 3
    train "$model" --dataroot faces --model "$model" --load_size 256 --channels_last --niter_decay 0 \
        --lr_policy cosine --gpu_ids "$DEVICE" --display_id 0 --save_latest_freq 800 --seed 1 "$@"
    "$PYTHON" "$ROOT/scripts/export_weights.py" "checkpoints/$model/latest_net_$network.pth" "$DEFAULTS/$file"
}

train() { # NAME OPTIONS…: from its newest state, if there is one
    local name="$1"
    shift
    "$PYTHON" "$ROOT/module2_drawing/train.py" --name "$name" "$@" \
        $([[ -d "checkpoints/$name/state" ]] && echo --continue_train)
}

cd "$ROOT"
stage clips "$PYTHON" scripts/prepare_talking_clips.py "$CLIPS" --out "$WORK/clips" "${HELD_OUT[@]}"
stage visemes "$PYTHON" scripts/make_viseme_clips.py --out "$WORK/visemes" --minutes "$MINUTES"
MEMBER=films TEACHING=()
if [[ -n "$SOUNDS" ]]; then
    stage pseudo_labels "$PYTHON" scripts/prepare_pseudo_labels.py "$SOUNDS" --clips "$WORK/clips" \
        --viseme_data "$WORK/visemes" --out "$WORK/pseudo_labels"
    stage content_taught content taught --steps 3400 --lr 0.0025 "${TAUGHT[@]}"
    TEACHING=("${TAUGHT[@]}" --init "$WORK/runs/taught/content_branch.safetensors")
    MEMBER=taught
else
    stage content_films content films --steps 1000
    TEACHING=(--init "$WORK/runs/films/content_branch.safetensors")
fi
stage content_closures content closures "${TEACHING[@]}" "${CLOSURES[@]}"
stage content finish_content "$MEMBER" closures
stage content_moonshine speech content --front_end moonshine --viseme_data "$WORK/visemes"
stage pose speech pose
stage speaker speaker
cd "$WORK"
mkdir -p checkpoints
for style in $STYLES; do
    stage "portraits_$style" "$PYTHON" "$ROOT/scripts/prepare_portraits.py" "$PHOTOS" --out Data --name faces \
        --style "$style" --validation 0.04
    stage "films_$style" "$PYTHON" "$ROOT/scripts/prepare_clip.py" "$CLIPS" --out Data --name faces \
        --style "$style" --pairs --fps 12.5 "${HELD_OUT[@]}"
    if [[ "$style" == line_drawing ]]; then
        stage landmarks helper landmarks M landmark_net.safetensors "${LANDMARKS[@]}"
        stage paper paper
    fi
    stage "drawing_$style" drawing "$style"
done
