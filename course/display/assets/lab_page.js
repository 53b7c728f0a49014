function render({model, el}) {
  const spec = model.get('spec'), root = document.createElement('section'), uid = 'k' + Math.random().toString(36).slice(2, 8);
  root.className = 'kit kit-lab kit-alive';
  root.dir = spec.dir; root.lang = spec.lang;
  root.setAttribute('aria-label', spec.words.title);
  if (spec.fonts) { const s = document.createElement('style'); s.textContent = spec.fonts; root.appendChild(s); }
  let seq = 0, shown = -1, inFlight = false, next = null, chosen = model.get('chosen') || '', slow = null, stuck = null;
  let setting = Object.assign({}, model.get('frame').setting), sort = null;

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
  function shownNumber(c, v) {
    return v.toLocaleString('en-US', {minimumFractionDigits: c.decimals, maximumFractionDigits: c.decimals}).replace('-', '\u2212');
  }
  function read(text) {                        // typed numbers: commas, any digits, any minus
    const plain = text.replace(/[\u0660-\u0669\u06F0-\u06F9]/g, d => String(d.charCodeAt(0) & 15))
      .replace(/\u066B/g, '.').replace(/[\u2212\u2013]/g, '-').replace(/[\s,\u066C\u00A0_]/g, '');
    return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN;
  }
  function control(c, parent) {
    const row = make('div', 'kit-control', parent), id = `${uid}-${c.key}`;
    const label = make('label', '', row, c.label); label.htmlFor = id; if (c.hint) label.title = c.hint;
    const typed = make('span', 'kit-typed', row), text = make('input', '', typed);
    text.type = 'text'; text.inputMode = 'decimal'; text.autocomplete = 'off';
    text.setAttribute('aria-label', `${c.label}, ${c.unit}, type a number`);
    make('span', 'kit-unit', typed, c.unit);
    const range = make('input', '', row);
    range.type = 'range'; range.id = id; range.min = c.low; range.max = c.high; range.step = 'any';
    range.dataset.key = c.key; range.setAttribute('aria-describedby', `${id}-d`);
    const hint = make('span', 'kit-hidden', row, c.hint); hint.id = `${id}-d`;
    function show(v) {
      range.value = v; range.setAttribute('aria-valuetext', `${shownNumber(c, v)} ${c.unit}`);
      range.style.setProperty('--kit-fill', `${100 * (v - c.low) / (c.high - c.low || 1)}%`);
      if (document.activeElement !== text) text.value = shownNumber(c, v);
    }
    function put(v, settled) {
      v = Math.min(Math.max(v, c.low), c.high);
      v = Number(v.toFixed(c.decimals)) + 0;
      if (v === setting[c.key] && !settled) { show(v); return; }
      setting = Object.assign({}, setting, {[c.key]: v}); show(v); ask(settled);
    }
    const snap = v => c.low + Math.round((v - c.low) / c.step) * c.step;
    range.addEventListener('input', () => put(snap(range.valueAsNumber), false));
    range.addEventListener('change', () => put(snap(range.valueAsNumber), true));
    range.addEventListener('keydown', e => {
      const rtl = getComputedStyle(range).direction === 'rtl' ? -1 : 1;
      const steps = {ArrowUp: 1, ArrowDown: -1, ArrowRight: rtl, ArrowLeft: -rtl, PageUp: 10, PageDown: -10}[e.key];
      if (steps) { e.preventDefault(); put(setting[c.key] + steps * c.step, false); }
      else if (e.key === 'Home' || e.key === 'End') { e.preventDefault(); put(e.key === 'Home' ? c.low : c.high, false); }
    });
    range.addEventListener('keyup', e => { if (/^(Arrow|Page|Home|End)/.test(e.key)) ask(true); });
    function take() {
      const v = read(text.value);
      if (Number.isNaN(v)) say(`${c.label}: ${spec.ui.type_number} ${shownNumber(c, c.low)} \u2013 ${shownNumber(c, c.high)} ${c.unit}.`);
      else put(v, true);
      text.value = shownNumber(c, setting[c.key]);
    }
    text.addEventListener('keydown', e => { if (e.key === 'Enter') { e.preventDefault(); take(); } });
    text.addEventListener('focus', () => text.select());
    text.addEventListener('blur', take_if_changed);
    function take_if_changed() { if (read(text.value) !== Number(setting[c.key].toFixed(c.decimals))) take(); else text.value = shownNumber(c, setting[c.key]); }
    fields[c.key] = {show, c};
  }
  const few = spec.controls.filter(c => !c.more), rest = spec.controls.filter(c => c.more);
  few.forEach(c => control(c, side));
  if (rest.length) {
    const more = make('details', 'kit-more', side); make('summary', '', more, spec.ui.more);
    rest.forEach(c => control(c, more));
  }
  const pick = make('div', 'kit-control kit-pick', side), list = make('datalist', '', null);
  const pickLabel = make('label', '', pick, spec.words.choice); pickLabel.htmlFor = uid + '-pick';
  const pickBox = make('input', '', pick); pickBox.id = uid + '-pick'; pickBox.type = 'text'; pickBox.autocomplete = 'off';
  pickBox.placeholder = spec.words.everything; pickBox.setAttribute('list', uid + '-list');
  list.id = uid + '-list'; spec.choices.forEach(c => { const o = make('option', '', list); o.value = c[1]; }); pick.appendChild(list);
  const clearPick = make('button', 'kit-clear', pick, spec.ui.clear); clearPick.type = 'button';
  clearPick.addEventListener('click', () => { choose(''); pickBox.focus(); });
  function takePick() {
    const text = pickBox.value.trim().toLowerCase();
    if (!text) { if (chosen) choose(''); return; }
    const hits = spec.choices.filter(c => c[1].toLowerCase() === text || c[0].toLowerCase() === text);
    const near = hits.length ? hits : spec.choices.filter(c => c[1].toLowerCase().includes(text));
    if (near.length === 1 || hits.length) choose((hits[0] || near[0])[0]);
    else { say(near.length ? `${near.length} ${spec.ui.several}` : `${spec.ui.unknown} \u201C${pickBox.value}\u201D.`); }
  }
  pickBox.addEventListener('change', takePick);
  pickBox.addEventListener('keydown', e => { if (e.key === 'Enter') { e.preventDefault(); takePick(); } });
  const buttons = make('div', 'kit-buttons', side), reset = make('button', 'kit-button', buttons, spec.ui.reset);
  const copy = make('button', 'kit-button', buttons, spec.ui.copy);
  reset.type = copy.type = 'button';
  reset.addEventListener('click', () => {
    setting = {}; spec.controls.forEach(c => { setting[c.key] = c.start; fields[c.key].show(c.start); });
    chosen = ''; pickBox.value = ''; ask(true);
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

  const map = mapFrame(box, model.get('page'), spec.words.map_title, spec.map_height, {
    done: v => { root.dataset.painted = v; root.dataset.paintedAt = performance.now(); },
    select: index => choose(index === null ? '' : spec.choices[index][0]),
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
    inFlight = true; model.set('asked', next); next = null; model.save_changes();
  }
  function choose(id) {
    chosen = id; const c = spec.choices.find(x => x[0] === id);
    pickBox.value = c ? c[1] : ''; clearPick.hidden = !c; ask(true);
  }
  root.addEventListener('keydown', e => { if (e.key === 'Escape' && chosen) { choose(''); e.stopPropagation(); } });

  function rows(frame) {
    const g = frame.grid, order = g.cells.map((_, i) => i);
    if (sort) {
      const key = i => g.keys[i][sort.column];
      order.sort((a, b) => {
        const x = key(a), y = key(b);
        if (x === null || y === null) return (x === null) - (y === null);
        return (x < y ? -1 : x > y ? 1 : 0) * sort.way;
      });
    }
    grid.textContent = '';
    const scroll = make('div', 'kit-scroll', grid); scroll.tabIndex = 0; scroll.dataset.lmSuppressShortcuts = 'true'; scroll.setAttribute('role', 'region'); scroll.setAttribute('aria-label', g.caption);
    const table = make('table', 'kit-table', scroll); make('caption', '', table, g.caption);
    const tr = make('tr', '', make('thead', '', table)), body = make('tbody', '', table);
    g.heads.forEach((h, column) => {
      const th = make('th', column ? 'num' : '', tr); th.scope = 'col';
      const b = make('button', 'kit-sort', th, h); b.type = 'button';
      const mine = sort && sort.column === column;
      th.setAttribute('aria-sort', mine ? (sort.way > 0 ? 'ascending' : 'descending') : 'none');
      make('span', 'kit-arrow', b, mine ? (sort.way > 0 ? ' \u2191' : ' \u2193') : '').setAttribute('aria-hidden', 'true');
      b.addEventListener('click', () => {
        const way = mine ? -sort.way : (typeof g.keys[0]?.[column] === 'number' ? -1 : 1);
        sort = {column, way}; rows(model.get('frame'));
        grid.querySelectorAll('button')[column].focus();
      });
    });
    order.forEach(i => {
      const line = make('tr', '', body);
      g.cells[i].forEach((text, column) => {
        const cell = make(column ? 'td' : 'th', column ? 'num' : '', line);
        if (!column) cell.scope = 'row';
        make('bdi', '', cell, text);
      });
    });
  }
  let quiet = null;
  function draw(first) {
    const frame = model.get('frame');
    inFlight = false; shown = frame.seq;
    if (!next) {
      clearTimeout(slow); clearTimeout(stuck); slow = stuck = null; if (note.textContent === spec.ui.busy) say(''); root.classList.remove('is-waiting');
    }
    if (frame.problem) { sentence.textContent = frame.problem; sentence.classList.add('is-problem'); tell(frame.problem); push(); return; }
    sentence.classList.remove('is-problem');
    numbers.textContent = '';
    frame.numbers.forEach(n => {
      const d = make('div', '', numbers); make('dt', '', d, n[0]); make('dd', '', d, n[1]); make('dd', 'kit-note', d, n[2]);
    });
    chartHead.textContent = frame.chart_title; chartSub.textContent = frame.chart_subtitle; chart.innerHTML = frame.chart;
    rows(frame); sentence.textContent = frame.sentence; code.value = frame.code;
    map.post({v: frame.seq, styles: {zones: bytesOf(model.get('styles'))}, labels: frame.labels, tips: {zones: frame.tips},
      selected: frame.selected, layer: 'zones'});
    root.dataset.shown = frame.seq;
    clearTimeout(quiet);
    if (!first) quiet = setTimeout(() => tell(frame.numbers.map(n => `${n[0]} ${n[1]}`).join(', ') + '. ' + frame.sentence), 500);
    push();
  }
  const onFrame = () => draw(false);
  model.on('change:frame', onFrame);
  spec.controls.forEach(c => fields[c.key].show(setting[c.key]));
  const c0 = spec.choices.find(x => x[0] === chosen); pickBox.value = c0 ? c0[1] : ''; clearPick.hidden = !c0;
  el.appendChild(root);
  draw(true);
  return () => { model.off('change:frame', onFrame); map.close(); clearTimeout(slow); clearTimeout(stuck); clearTimeout(quiet); };
}
export default {render};
