function render({model, el}) {
  const spec = model.get('spec'), root = document.createElement('section'), uid = 'k' + Math.random().toString(36).slice(2, 8);
  root.className = 'kit kit-lab kit-alive';
  root.dir = spec.dir; root.lang = spec.lang;
  root.setAttribute('aria-label', spec.words.title);
  if (spec.fonts) { const s = document.createElement('style'); s.textContent = spec.fonts; root.appendChild(s); }
  let seq = 0, inFlight = 0, next = null, chosen = model.get('chosen') || '', slow = null, stuck = null;
  let setting = Object.assign({}, model.get('frame').setting);

  function make(tag, name, parent, text) {
    const node = document.createElement(tag);
    // keys typed here belong to the lab: JupyterLab reads this mark on the focused element only
    if (/^(input|button|summary)$/.test(tag)) node.dataset.lmSuppressShortcuts = 'true';
    if (name) node.className = name;
    if (text !== undefined) node.textContent = text;
    if (parent) parent.appendChild(node);
    return node;
  }
  // --- head ---------------------------------------------------------------------------
  const head = make('header', 'kit-lab-head', root), words = make('div', '', head);
  const title = make('p', 'kit-lab-title', words, spec.words.title);
  title.setAttribute('role', 'heading'); title.setAttribute('aria-level', '3');
  make('p', 'kit-lead', words, spec.words.lead);
  if (spec.words.badge) make('span', 'kit-tag', head, spec.words.badge);
  const main = make('div', 'kit-lab-main', root);

  // --- controls -----------------------------------------------------------------------
  const side = make('form', 'kit-controls', main), fields = {};
  side.setAttribute('aria-label', spec.ui.controls);
  side.addEventListener('submit', e => e.preventDefault());
  // what a control or the table may do
  const lab = {
    make, say, uid, choose, ask, ui: spec.ui,
    value: key => setting[key],
    put(key, value, settled) { setting = Object.assign({}, setting, {[key]: value}); ask(settled); },
    post: message => map && map.post(message),
  };
  const kinds = {slider: sliderControl, option: optionControl, drawing: drawControl};
  let map = null;
  function control(c, parent) { fields[c.key] = kinds[c.kind](c, parent, lab); }
  const few = spec.controls.filter(c => !c.more), rest = spec.controls.filter(c => c.more);
  few.forEach(c => control(c, side));
  if (rest.length) {
    const more = make('details', 'kit-more', side); make('summary', '', more, spec.ui.more);
    rest.forEach(c => control(c, more));
  }
  const ink = spec.controls.filter(c => c.kind === 'drawing').map(c => fields[c.key])[0];
  function showSetting() { spec.controls.forEach(c => fields[c.key].show(setting[c.key])); }
  const pick = make('div', 'kit-control kit-pick', side); pick.hidden = !spec.choices.length;
  const list = make('datalist', '', null);
  const pickLabel = make('label', '', pick, spec.words.choice); pickLabel.htmlFor = uid + '-pick';
  const pickBox = make('input', '', pick); pickBox.id = uid + '-pick'; pickBox.type = 'text'; pickBox.autocomplete = 'off';
  pickBox.placeholder = spec.words.everything; pickBox.setAttribute('list', uid + '-list');
  list.id = uid + '-list'; spec.choices.forEach(c => { const o = make('option', '', list); o.value = c[1]; }); pick.appendChild(list);
  const clearPick = make('button', 'kit-clear', pick, spec.ui.clear); clearPick.type = 'button';
  clearPick.addEventListener('click', () => { choose(''); pickBox.focus(); });
  function takePick() {
    if (!pickBox.value.trim()) { if (chosen) choose(''); return; }
    const found = kitNamed(pickBox.value, spec.choices, spec.ui);
    if (found.row) choose(found.row[0]); else say(found.said);
  }
  pickBox.addEventListener('change', takePick);
  pickBox.addEventListener('keydown', e => { if (e.key === 'Enter') { e.preventDefault(); takePick(); } });
  const buttons = make('div', 'kit-buttons', side), reset = make('button', 'kit-button', buttons, spec.ui.reset);
  const copy = make('button', 'kit-button', buttons, spec.ui.copy);
  reset.type = copy.type = 'button';
  reset.addEventListener('click', () => {
    setting = {}; spec.controls.forEach(c => { setting[c.key] = c.start; });
    showSetting(); if (ink) { ink.leave(); ink.line(null); }
    choose('');
  });
  const code = make('input', 'kit-code', side); code.type = 'text'; code.readOnly = true;
  code.setAttribute('aria-label', spec.ui.code); code.dir = 'ltr';
  code.addEventListener('focus', () => code.select());
  copy.addEventListener('click', async () => {
    code.focus(); code.select();
    let done = false;
    try { await navigator.clipboard.writeText(code.value); done = true; } catch { try { done = document.execCommand('copy'); } catch { done = false; } }
    say(done ? spec.ui.copied : spec.ui.copy_by_hand);
  });

  const note = make('p', 'kit-note-line', side); note.setAttribute('role', 'status');
  function say(text) { note.textContent = text; }

  // --- picture ------------------------------------------------------------------------
  const view = make('div', 'kit-view', main), progress = make('div', 'kit-progress', view), box = make('div', 'kit-frame', view);
  progress.setAttribute('aria-hidden', 'true');
  // the sentence stands far below the hand that caused it: a problem is also said on the map
  const trouble = make('p', 'kit-trouble', view); trouble.setAttribute('aria-hidden', 'true'); trouble.hidden = true;
  const numbers = make('dl', 'kit-numbers', root);
  const pair = make('div', 'kit-pair', root), chartBox = make('figure', 'kit-chart', pair);
  const chartTitle = make('figcaption', '', chartBox), chartHead = make('span', 'kit-title', chartTitle), chartSub = make('span', 'kit-subtitle', chartTitle);
  const chart = make('div', '', chartBox), grid = make('div', 'kit-grid', pair);
  const sentence = make('p', 'kit-sentence', root);
  const foot = make('footer', 'kit-foot', root);
  [[spec.ui.limits, spec.words.limits], [spec.ui.sources, spec.words.sources]].forEach(([name, lines]) => {
    if (!lines.length) return;
    const part = make('div', '', foot); make('p', 'kit-foot-head', part, name);
    const ul = make('ul', '', part); lines.forEach(l => make('li', '', ul, l));
  });
  const status = make('p', 'kit-status', root); status.setAttribute('role', 'status'); status.setAttribute('aria-live', 'polite');
  function tell(text) { status.textContent = text; }

  map = mapFrame(box, model.get('page'), spec.words.map_title, spec.map_height, {
    done: v => { root.dataset.painted = v; root.dataset.paintedAt = performance.now(); },
    select(index, layer) {
      const c = index === null ? [''] : spec.choices.find(x => x[2] === layer && x[3] === index);
      if (c) choose(c[0]);
    },
    point: at => { if (ink) ink.point(at); },
    escape: () => { if (ink) ink.leave(); },
  });

  // --- asking: one question at a time, the latest setting next --------------------------
  function ask(settled) {
    if (note.textContent && note.textContent !== spec.ui.busy) say('');
    next = {seq: ++seq, setting, chosen, user: true, settled: !!settled};
    if (!slow) slow = setTimeout(() => root.classList.add('is-waiting'), 300);
    if (!stuck) stuck = setTimeout(() => say(spec.ui.busy), 6000);
    push();
  }
  function push() {
    if (inFlight || !next) return;
    inFlight = next.seq; model.set('asked', next); next = null; model.save_changes();
  }
  function showChosen() {
    const c = spec.choices.find(x => x[0] === chosen);
    pickBox.value = c ? c[1] : ''; clearPick.hidden = !c;
  }
  function choose(id) { chosen = id; showChosen(); ask(true); }
  root.addEventListener('keydown', e => {
    if (e.key !== 'Escape') return;
    if (ink && ink.leave()) e.stopPropagation();
    else if (chosen) { choose(''); e.stopPropagation(); }
  });

  const table = labTable(grid, lab);
  function styles() {                          // the classes of all layers, cut out of one message
    const all = bytesOf(model.get('styles')), out = {};
    let at = 0;
    spec.layers.forEach(([id, n]) => { out[id] = all.slice(at, at + n); at += n; });
    return out;
  }
  let quiet = null;
  function draw(first) {
    const frame = model.get('frame'), mine = frame.seq === inFlight;
    if (mine) inFlight = 0;
    if (!next) {
      clearTimeout(slow); clearTimeout(stuck); slow = stuck = null; if (note.textContent === spec.ui.busy) say(''); root.classList.remove('is-waiting');
      // set from Python or from another view: the controls say what the picture shows
      if (!mine && !inFlight) { setting = Object.assign({}, frame.setting); chosen = model.get('chosen') || ''; showSetting(); showChosen(); }
    }
    root.classList.toggle('is-stale', !!frame.problem);
    sentence.classList.toggle('is-problem', !!frame.problem);
    trouble.textContent = frame.problem; trouble.hidden = !frame.problem;
    numbers.textContent = '';
    frame.numbers.forEach(n => {
      const d = make('div', '', numbers); make('dt', '', d, n[0]); make('dd', '', d, n[1]); make('dd', 'kit-note', d, n[2]);
    });
    chartHead.textContent = frame.chart_title; chartSub.textContent = frame.chart_subtitle; chart.innerHTML = frame.chart;
    if (!frame.chart && frame.empty) make('p', 'kit-empty', chart, frame.empty);
    table.draw(frame.grid, chosen); sentence.textContent = frame.problem || frame.sentence; code.value = frame.code;
    const message = {v: frame.seq, styles: styles(), labels: frame.labels, tips: Object.assign({}, frame.layer_tips),
      legends: frame.legends, selected: frame.selected, layer: frame.selected_layer};
    if (frame.tips.length && spec.layers.length) message.tips[spec.layers[0][0]] = frame.tips;
    map.post(message);
    if (ink && !next) ink.line(frame.problem ? null : frame.drawn);
    root.dataset.shown = frame.seq;
    clearTimeout(quiet);
    const said = frame.problem || frame.numbers.map(n => `${n[0]} ${n[1]}`).join(', ') + '. ' + frame.sentence;
    if (!first) quiet = setTimeout(() => tell(said), 500);
    push();
  }
  const onFrame = () => draw(false);
  model.on('change:frame', onFrame);
  showSetting(); showChosen();
  el.appendChild(root);
  draw(true);
  return () => { model.off('change:frame', onFrame); map.close(); clearTimeout(slow); clearTimeout(stuck); clearTimeout(quiet); };
}
export default {render};
