'use strict';
const study = JSON.parse(document.getElementById('study').textContent);
const element = id => document.getElementById(id);
const storageKey = 'study-' + study.study;

// Fisher–Yates, with the browser's random numbers.
function shuffled(items) {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = crypto.getRandomValues(new Uint32Array(1))[0] % (i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

function newState() {
  const numbers = crypto.getRandomValues(new Uint32Array(3));
  return {
    study: study.study,
    participant: [...numbers].map(n => n.toString(16).padStart(8, '0')).join(''),
    started: new Date().toISOString(),
    finished: null,
    // Order of the clips, and of the methods within each.
    plan: shuffled(study.trials.keys()).map(index => ({index, order: shuffled(Object.keys(study.trials[index].videos))})),
    answers: [],
  };
}

// Answers outlive a reload in two places: some browsers keep no storage for local files, or lose it; the
// history entry goes with the tab.
function stored() {
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(storageKey)); } catch { /* not allowed here */ }
  const entry = history.state?.study === study.study ? history.state : null;
  return (kept?.answers.length ?? 0) >= (entry?.answers.length ?? 0) ? kept : entry;
}
function store() {
  try { localStorage.setItem(storageKey, JSON.stringify(state)); } catch { /* not allowed here */ }
  history.replaceState(state, '');
}

let state = stored() || newState();
let shownAt = 0;
let watched = new Set();

const done = () => state.answers.length / study.questions.length;
const letter = index => String.fromCharCode(65 + index);

function show(id) {
  for (const section of document.querySelectorAll('section')) section.hidden = section.id !== id;
}

function figure(child, caption) {
  const result = document.createElement('figure');
  const text = document.createElement('figcaption');
  text.textContent = caption;
  result.append(child, text);
  return result;
}

function showTrial() {
  if (done() >= study.trials.length) return finish();
  const {index, order} = state.plan[done()];
  const trial = study.trials[index];
  element('progress').textContent = `Clip ${done() + 1} of ${study.trials.length}`;
  const photo = document.createElement('img');
  photo.src = trial.photo;
  photo.alt = 'the photo';
  element('stage').replaceChildren(figure(photo, 'Photo'));
  watched = new Set();
  order.forEach((code, place) => {
    const video = document.createElement('video');
    video.src = trial.videos[code];
    video.playsInline = video.controls = true;
    video.preload = 'auto';
    video.addEventListener('ended', () => { watched.add(code); update(); });
    element('stage').append(figure(video, letter(place)));
  });
  element('questions').replaceChildren(...study.questions.map(question => fieldset(question, order)));
  shownAt = performance.now();
  show('trial');
  update();
}

function fieldset(question, order) {
  const result = document.createElement('fieldset');
  const legend = document.createElement('legend');
  legend.textContent = question.text;
  result.append(legend);
  order.forEach((code, place) => {
    const label = document.createElement('label');
    const input = document.createElement('input');
    Object.assign(input, {type: 'radio', name: question.key, value: code});
    input.addEventListener('change', update);
    label.append(input, ' ' + letter(place));
    result.append(label);
  });
  return result;
}

function choices() {
  const data = new FormData(element('questions'));
  return study.questions.map(question => data.get(question.key));
}

function update() {
  const unseen = state.plan[done()].order.length - watched.size;
  const open = choices().filter(choice => choice === null).length;
  element('next').disabled = unseen > 0 || open > 0;
  element('hint').textContent =
    unseen ? `Watch to the end: ${unseen} to go.` : open ? `Questions to answer: ${open}.` : '';
}

// All from the start together, the first alone with sound.
function playAll() {
  document.querySelectorAll('video').forEach((video, place) => {
    video.muted = place > 0;
    video.currentTime = 0;
    video.play();
  });
}

function next() {
  const {index, order} = state.plan[done()];
  const seconds = Math.round(performance.now() - shownAt) / 1000;
  const made = choices().map((choice, i) =>
    ({clip: study.trials[index].clip, question: study.questions[i].key, choice, order, seconds}));
  state.answers.push(...made);
  store();
  showTrial();
}

function finish() {
  state.finished = state.finished || new Date().toISOString();
  store();
  const text = JSON.stringify(state, null, 1);
  element('text').value = text;
  element('save').href = URL.createObjectURL(new Blob([text], {type: 'application/json'}));
  element('save').download = `answers-${state.participant}.json`;
  show('end');
}

element('count').textContent = study.trials.length;
element('begin').onclick = showTrial;
element('play').onclick = playAll;
element('next').onclick = event => { event.preventDefault(); next(); };
if (state.answers.length) showTrial();
