#!/usr/bin/env bash
# panphon 0.22.2 (features of speech sounds: rounding, height, place, by which one chooses a mouth) and ipatok 0.4.2, of what
# gruut 2.4.0 gives for American English in IPA; espeak-ng writes the same signs.
# SEEN: ipa_segs and word_to_vector_list leave out what they do not know, without a word; they know neither ɚ (her, mother,
#       girls) nor espeak's ᵻ (roses): "Her" is h alone and "girls" ɡ l z, so the mouth stays shut in words that are one
#       open vowel. An ASCII g, as many dictionaries write ɡ, is gone, too, and of a tie drawn below, t͜ʃ, two sounds come
#       where t͡ʃ is one. validate_word says False, as it does for every stress mark. ipatok keeps all.
# A GOOD GUESS SAID: an error for a sign that is not in the table; r-coloured vowels are in it.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" panphon==0.22.2 ipatok==0.4.2 gruut==2.4.0 numpy==1.26.4
PYTHONPATH=$d "$python" -W ignore - <<'P'
import sys

import gruut
import ipatok
import panphon

table = panphon.FeatureTable()


def by_ipatok(text):
    return [sound.strip("ˈˌ") for sound in ipatok.tokenise(text.replace("‖", ""), strict=False)]


spoken = {"roses": "ɹˈoʊzᵻz", "gut": "gʌt", "chat, tie below": "t͜ʃæt", "chat": "t͡ʃæt"}
for sentence in gruut.sentences("Her mother sees girls", lang="en-us"):
    spoken |= {word.text: "".join(word.phonemes) for word in sentence if word.is_spoken}
seen = {}
for word, ipa in spoken.items():
    seen[word] = " ".join(table.ipa_segs(ipa))
    print(f"{word}: {ipa}: {seen[word]}; {len(by_ipatok(ipa))} by ipatok; valid: {table.validate_word(ipa)}")
expected = {"Her": "h", "mother": "m ʌ ð", "girls": "ɡ l z", "roses": "ɹ o ʊ z z", "gut": "ʌ t"}
expected |= {"chat, tie below": "t ʃ æ t", "chat": "t͡ʃ æ t"}
counts = [len(table.word_to_vector_list(spoken[word])) for word in ("Her", "girls")]
others = [len(by_ipatok(spoken[word])) for word in ("Her", "girls")]
right = {word: seen[word] for word in expected} == expected and (counts, others) == ([1, 3], [2, 4])
sys.exit(not right or table.validate_word(spoken["Her"]))
P
