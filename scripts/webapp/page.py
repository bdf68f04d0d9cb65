"""Page: the layout and what its parts do, in Gradio."""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media.images import register_formats

from . import spoken
from .studio import BACKGROUNDS, FORMATS, SIZES, STYLES, Limits, Order, PhotoPreview, Progress, Studio
from .theme import theme

HERE = Path(__file__).parent
TITLE = "Talking portraits"
#: In a clone, and once installed.
_EXAMPLES = HERE.parents[1] / "data" / "examples", HERE.parent / "examples"
_WAITING = 60  # submissions that may wait; later ones are told so
_KEPT = 3600  # s after which what a visitor uploaded and drew is removed

#: Gradio adds the place in the queue. On a phone the line lies below what is seen, and Stop moves it.
_WAIT = """() => {
    const line = document.querySelector("#status");
    setTimeout(() => line.scrollIntoView({ behavior: "smooth", block: "nearest" }), 300);
    const told = '<p class="calm" role="status">Waiting for its turn …</p>';
    return [told, { __type__: "update", visible: true }];
}"""


def build(studio: Studio) -> gr.Blocks:
    """The page of a studio; `launch` shows it."""
    register_formats()  # gradio opens what is dropped
    with gr.Blocks(title=TITLE, delete_cache=(300, _KEPT), analytics_enabled=False) as page:
        gr.HTML(_read("header.html"), elem_id="masthead")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="given", min_width=260):
                photo = gr.Image(
                    type="filepath",
                    image_mode=None,  # gradio's own, RGB, puts transparency on black and 16 bits to white
                    sources=["upload", "webcam", "clipboard"],
                    label="1 · A face",
                    height=230,
                    elem_id="photo",
                    placeholder="Drop a photo, or click to choose one",
                )
                # Gradio's own opens it, and a file that is no photo ends there in "Error".
                photo.preprocess = _as_dropped  # type: ignore[method-assign, assignment]
                with gr.Tabs(elem_id="speech") as tabs:
                    with gr.Tab("2 · A voice", id="voice") as voice:
                        sound = gr.Audio(
                            type="filepath",
                            sources=["upload", "microphone"],
                            label="Speech",
                            show_label=False,
                            elem_id="sound",
                            editable=False,
                            buttons=[],
                        )
                    with gr.Tab("a text", id="text", visible=spoken.program() is not None) as written:
                        text = gr.Textbox(
                            label="Text", show_label=False, lines=4, placeholder="Hello! I am a drawing …"
                        )
                        language = gr.Dropdown(
                            list(spoken.LANGUAGES), value="English", label="Language", filterable=False
                        )
                    with gr.Tab("or a clip", id="clip") as filmed:
                        clip = gr.Video(
                            sources=["upload", "webcam"],
                            label="A face that drives the drawing",
                            height=200,
                            elem_id="clip",
                        )
                with gr.Row(elem_id="seen"):
                    seen = [
                        gr.Image(label=label, interactive=False, buttons=[], height=110, min_width=60)
                        for label in ("Crop", "Landmarks", "Matte")
                    ]
            with gr.Column(elem_id="stage", min_width=300):
                still = gr.Image(
                    label="The drawing",
                    show_label=False,
                    interactive=False,
                    elem_id="still",
                    buttons=[],
                    visible=False,
                )
                video = gr.Video(
                    label="The drawing",
                    show_label=False,
                    interactive=False,
                    elem_id="video",
                    autoplay=True,
                    buttons=["download"],
                    visible=False,
                )
                paper = gr.HTML(_read("paper.html"), elem_id="paper")
                status = gr.HTML(_line("Add a face and a voice."), elem_id="status")
                saved = gr.DownloadButton("Save the video", visible=False, elem_id="save")
            with gr.Column(elem_id="choices", min_width=220):
                style = gr.Radio(list(STYLES), value="Line drawing", label="3 · A style", elem_id="style")
                size = gr.Radio(
                    [(f"{side}²", side) for side in SIZES], value=512, label="Size", elem_id="size"
                )
                with gr.Accordion("Background and format", open=False):
                    background = gr.Radio(
                        list(BACKGROUNDS), value="As drawn", label="Background", elem_id="background"
                    )
                    kind = gr.Radio(list(FORMATS), value="MP4", label="Format", elem_id="kind")
                draw = gr.Button("Draw", variant="primary", elem_id="draw")
                stop = gr.Button("Stop", visible=False, elem_id="stop")
        by = gr.State("voice")
        for tab in (voice, written, filmed):
            tab.select(lambda tab=tab: tab.id, None, by, show_progress="hidden", queue=False)
        last = gr.State([], time_to_live=_KEPT, delete_callback=lambda videos: _forget(studio, videos))
        with gr.Row(elem_id="examples"):
            gr.HTML("<p>Or try an example, drawn as</p>")
            for given in _examples():
                example = gr.Button(given[2], icon=given[0], min_width=120)
                example.click(
                    lambda given=given: [*given, gr.Tabs(selected="voice"), "voice"],
                    None,
                    [photo, sound, style, tabs, by],
                    show_progress="hidden",
                )
        gallery = gr.Gallery(
            label="Your last drawings",
            columns=6,
            height=170,
            visible=False,
            elem_id="last",
            buttons=[],
            allow_preview=False,  # it is shown in the middle
            object_fit="contain",
        )
        gr.HTML(_footer(studio.limits), elem_id="colophon")

        handlers = Handlers(studio)
        photo.change(handlers.look, photo, [*seen, status], show_progress="hidden", concurrency_limit=1)
        # At once and by the browser itself: the visitor's turn may come later.
        draw.click(None, None, [status, stop], js=_WAIT)
        drawing = draw.click(
            handlers.draw,
            [photo, by, sound, text, language, clip, style, size, background, kind, last],
            [paper, still, video, status, saved, stop, last, gallery],
            show_progress="minimal",
            show_progress_on=[status],
            concurrency_limit=studio.count,
            api_name="draw",
        )
        shown = [paper, still, video, status, saved]
        gallery.select(handlers.show, last, shown, show_progress="hidden", queue=False)
        stopped = [paper, still, status, stop]
        stop.click(handlers.stop, None, stopped, cancels=[drawing], show_progress="hidden", queue=False)
    return page.queue(max_size=_WAITING, default_concurrency_limit=8)


def launch(page: gr.Blocks, host: str, port: int | None, limits: Limits, **settings: Any) -> str:
    """Serve the page; its address. `settings` are Gradio's."""
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        max_file_size=f"{limits.megabytes:g}mb",
        theme=theme(),
        css_paths=HERE / "page.css",
        footer_links=[],
        quiet=True,
        ssr_mode=False,
        share=False,
        **settings,
    )
    return address


class Handlers:
    """What the page's parts do. Every refusal is a line on the page."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def look(self, photo: str | None) -> list[Any]:
        """Crop, landmarks and matte of a photo, and a line."""
        if photo is None:
            return [None] * len(PhotoPreview._fields) + [_line("Add a face and a voice.")]
        try:
            return [*self._studio.look(photo), _line("This is the face that will be drawn.")]
        except InputError as error:
            return [None] * len(PhotoPreview._fields) + [_line(str(error), "refused")]

    def draw(
        self,
        photo: str | None,
        by: str,
        sound: str | None,
        text: str,
        language: str,
        clip: str | None,
        style: str,
        size: int,
        background: str,
        kind: str,
        last: list[str],
    ) -> Iterator[list[Any]]:
        """Updates of paper, still, video, status, saved, stop, last and gallery. by: voice, text or clip."""
        hidden, same = gr.update(visible=False), gr.update()
        start = _line("Looking at the face, listening to the voice …", "busy")
        yield [same, same, hidden, start, hidden, gr.update(visible=True), last, same]
        clip, sound = (clip if by == "clip" else None), (sound if by == "voice" else None)
        text = text if by == "text" else ""
        order = Order(photo, clip, sound, text, language, style, size, background, kind)
        try:
            for news in self._studio.draw(order):
                if isinstance(news, Path):
                    last = self._kept(last, str(news))
                    gallery = gr.update(value=last, visible=len(last) > 1)
                    yield [*_shown(str(news), "Done."), hidden, last, gallery]
                elif news.frame is not None:
                    frame = gr.update(value=news.frame, visible=True)
                    yield [hidden, frame, hidden, _progress(news), hidden, same, last, same]
        except InputError as error:
            told = _line(str(error), "refused")
            yield [gr.update(visible=True), hidden, hidden, told, hidden, hidden, last, same]

    def show(self, last: list[str], chosen: gr.SelectData) -> list[Any]:
        """Updates of paper, still, video, status and saved: one of the session's videos again."""
        return _shown(last[chosen.index], "One of your last drawings.")

    def stop(self) -> list[Any]:
        """Updates of paper, still, status and stop."""
        hidden = gr.update(visible=False)
        return [gr.update(visible=True), hidden, _line("Stopped."), hidden]

    def _kept(self, last: list[str], video: str) -> list[str]:
        """The session's videos, the newest first; those that are too many are removed."""
        videos = [video, *last]
        _forget(self._studio, videos[self._studio.limits.kept :])
        return videos[: self._studio.limits.kept]


def _as_dropped(photo: ImageData | None) -> str | None:
    return photo.path if photo else None


def _shown(video: str, text: str) -> list[Any]:
    """Updates of paper, still, video, status and saved."""
    hidden = gr.update(visible=False)
    shown, saved = (gr.update(value=video, visible=True) for _ in range(2))  # one each: Gradio changes them
    pictures = [shown, hidden] if video.endswith(".gif") else [hidden, shown]
    return [hidden, *pictures, _line(text), saved]


def _forget(studio: Studio, videos: list[str]) -> None:
    for video in videos:
        studio.remove(Path(video))


def _examples() -> list[list[str]]:
    folder = next((place for place in _EXAMPLES if (place / "speech.wav").is_file()), None)
    if folder is None:
        return []
    return [[str(folder / "astronaut.jpg"), str(folder / "speech.wav"), style] for style in STYLES]


def _line(text: str, kind: str = "calm") -> str:
    return f'<p class="{kind}" role="status">{html.escape(text)}</p>'


def _progress(news: Progress) -> str:
    share = 100 * news.done / max(1, news.total)
    bar = f'<div class="bar"><i style="width:{share:.0f}%"></i></div>'
    return _line(f"Drawing frame {news.done} of {news.total}", "busy") + bar


def _footer(limits: Limits) -> str:
    return (
        f"<p>Up to {limits.seconds:g} s of speech, {limits.megabytes:g} MB a file. What you add is removed "
        "within the hour. Animate people only with their consent; every video says that it is synthetic.</p>"
    )


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
