"""Theme: ink on paper, in daylight and in the dark alike."""

import gradio as gr

_SERIF = ["Iowan Old Style", "Palatino Linotype", "Palatino", "URW Palladio L", "Georgia", "serif"]
_INK, _PAPER, _SHEET, _EDGE, _RED = "#211d19", "#f5efe4", "#fbf8f1", "#ddd2bf", "#b5432a"

#: Gradio would take the others from its dark theme where the browser asks for that.
_COLOURS = {
    "body_background_fill": _PAPER,
    "body_text_color": _INK,
    "block_background_fill": _SHEET,
    "block_border_color": _EDGE,
    "block_label_background_fill": "transparent",
    "block_label_text_color": "#7a6f60",
    "block_title_text_color": _INK,
    "background_fill_primary": _SHEET,
    "background_fill_secondary": _PAPER,
    "border_color_primary": _EDGE,
    "input_background_fill": "#fffdf8",
    "button_primary_background_fill": _RED,
    "button_primary_background_fill_hover": "#98351f",
    "button_primary_text_color": "#fffaf2",
    "button_secondary_background_fill": "transparent",
    "button_secondary_text_color": _INK,
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_background_fill_selected": "#efe4d0",
    "checkbox_label_text_color": _INK,
    "checkbox_label_text_color_selected": _INK,
    "block_shadow": "none",
}


def theme() -> gr.themes.Base:
    """The page's colours and fonts, which machines have: nothing is fetched."""
    both = _COLOURS | {f"{name}_dark": colour for name, colour in _COLOURS.items()}
    base = gr.themes.Base(
        primary_hue="orange", neutral_hue="stone", font=_SERIF, font_mono=["ui-monospace", "monospace"]
    )
    return base.set(
        **both,
        color_accent=_RED,
        slider_color=_RED,
        block_radius="6px",
        button_large_radius="6px",
        shadow_drop="none",
    )
