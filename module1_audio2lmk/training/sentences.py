"""Texts for synthetic speech: random English sentences, everyday phrases and numbers in other languages."""

import numpy as np

_WORDS = {
    "a": (
        "big small bad warm brown purple simple happy famous empty deep wide narrow loud public basic "
        "rapid broken modern pretty smooth rough thick thin bright vivid humble moody foggy bumpy "
        "woolly awful lovely fresh royal early usual yellow orange golden careful patient weird "
        "Japanese massive"
    ),
    "n": (
        "man woman baby boy girl mother father bishop farmer painter robber thief captain judge "
        "teacher pilot boat ship bus map pump table apple bottle window river village valley mountain "
        "bridge farm office market shop church summer spring morning evening problem question answer "
        "book paper lamp room garden dog wolf sheep bird fish frog mouse elephant family company "
        "movie music rhythm thought truth measure treasure voice leaf knife foot tooth thumb arm lip "
        "mouth moon roof fruit juice soup bread cheese coffee"
    ),
    "v": (
        "moved pushed found bought built broke watched wanted followed remembered improved invited "
        "believed forgot opened closed washed borrowed painted measured carried promised offered "
        "covered stopped helped chose threw warmed observed understood brought taught joined enjoyed "
        "destroyed choked fetched"
    ),
    "r": (
        "slowly quickly today tomorrow yesterday above below maybe perhaps never always probably "
        "obviously before afterwards together everywhere beautifully thoughtfully"
    ),
}
_PATTERNS = (
    "The {a} {n} {v} the {a} {n}.",
    "My {n} {v} {r} by the {n}.",
    "{r}, the {n} and the {n} {v} a {a} {n}.",
    "Why should the {n} be {a}, if the {n} {v} it {r}?",
    "I think that we {v} more than five {n}s.",
    "Please bring a {a} {n} from the {n}; it {v} me {r}.",
    "You and Bob may show them how the {a} {n} works.",
    "{n}, {n}, {n}. Who {v} what?",
    "Oh, what a {a} {n}! Our {n} {v} that one {r}.",
    "Whoever {v} the {n} for me was {a} and {a}.",
)

OTHER_LANGUAGES: dict[str, tuple[str, ...]] = {
    "de": (
        "Guten Morgen, wie geht es Ihnen heute?",
        "Der blaue Vogel fliegt über den breiten Fluss.",
        "Meine Mutter backt am Freitag einen Apfelkuchen.",
        "Fünf Wölfe schlafen im hohen Gebüsch.",
    ),
    "fr": (
        "Bonjour madame, je voudrais un peu de pain.",
        "Le beau bateau bleu remonte la rivière.",
        "Ma famille habite une petite maison près du fleuve.",
        "Il fait beau aujourd'hui, mais demain il va pleuvoir.",
    ),
    "es": (
        "Buenos días, ¿cómo está usted?",
        "Mi primo compró un perro blanco en el pueblo.",
        "La paloma vuela por encima del puente viejo.",
    ),
    "it": (
        "Buongiorno, vorrei un bicchiere d'acqua.",
        "La mamma prepara una zuppa molto buona.",
        "Il vecchio ponte passa sopra il fiume.",
    ),
    "pt": ("Bom dia, tudo bem com você?", "O menino comprou uma bola azul para o amigo."),
    "nl": ("Goedemorgen, hoe gaat het met u?", "De bruine beer woont boven op de berg."),
    "pl": ("Dzień dobry, jak się pan miewa?", "Mała mysz mieszka w białym domu przy lesie."),
    "ru": ("Доброе утро, как ваши дела?", "Мама мыла раму, а папа варил суп."),
    "tr": ("Günaydın, bugün nasılsınız?", "Büyük köpek bahçede uyuyor."),
    "fi": ("Hyvää huomenta, mitä kuuluu?", "Pieni poika poimi mustikoita metsästä."),
    "hu": ("Jó reggelt, hogy van?", "A barna medve mézet eszik a fa alatt."),
    "sw": ("Habari za asubuhi, mama?", "Mtoto mdogo anapenda maembe."),
}


def english_sentence(random: np.random.Generator) -> str:
    """A random sentence; grammatical, rarely sensible, rich in sounds that the lips show."""
    text = str(random.choice(_PATTERNS))
    for kind, choices in _WORDS.items():
        while "{" + kind + "}" in text:
            text = text.replace("{" + kind + "}", str(random.choice(choices.split())), 1)
    return text[0].upper() + text[1:]


def other_sentence(language: str, random: np.random.Generator) -> str:
    """A phrase or a few numbers in one of `OTHER_LANGUAGES`."""
    if random.random() < 0.5:
        return str(random.choice(OTHER_LANGUAGES[language]))
    return ", ".join(str(number) for number in random.integers(1, 3000, size=3))
