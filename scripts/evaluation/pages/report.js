// One button a clip: all its videos start together, and one of them alone is heard.
for (const button of document.querySelectorAll('button.play')) button.onclick = () => {
  const videos = [...button.closest('section').querySelectorAll('video')];
  const play = videos[0].paused;
  videos.forEach((video, index) => {
    video.muted = index > 0;
    if (!play) return video.pause();
    video.currentTime = 0;
    video.play();
  });
};
