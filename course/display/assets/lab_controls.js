// The controls of a lab: slider with a field to type into, radio group. Each shows one value.
function kitNumber(c, v) {
  return v.toLocaleString('en-US', {minimumFractionDigits: c.decimals, maximumFractionDigits: c.decimals}).replace('-', '\u2212');
}
function kitRead(text) {                       // typed numbers: commas, any digits, any minus
  const plain = text.replace(/[\u0660-\u0669\u06F0-\u06F9]/g, d => String(d.charCodeAt(0) & 15))
    .replace(/\u066B/g, '.').replace(/[\u2212\u2013]/g, '-').replace(/[\s,\u066C\u00A0_]/g, '');
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN;
}
// What a typed name means among [id, name, ...] rows: one row, or a sentence about why not.
function kitNamed(typed, rows, ui) {
  const text = typed.trim().toLowerCase();
  const hits = rows.filter(c => c[1].toLowerCase() === text || c[0].toLowerCase() === text);
  const near = hits.length ? hits : rows.filter(c => c[1].toLowerCase().includes(text));
  if (text && (near.length === 1 || hits.length)) return {row: near[0]};
  return {said: near.length && text ? `${near.length} ${ui.several}` : `${ui.unknown} \u201C${typed}\u201D.`};
}

function sliderControl(c, parent, lab) {
  const {make, ui} = lab, row = make('div', 'kit-control', parent), id = `${lab.uid}-${c.key}`;
  const label = make('label', '', row, c.label); label.htmlFor = id; if (c.hint) label.title = c.hint;
  const typed = make('span', 'kit-typed', row), text = make('input', '', typed);
  text.type = 'text'; text.inputMode = 'decimal'; text.autocomplete = 'off';
  text.setAttribute('aria-label', `${c.label}, ${c.unit}, type a number`);
  make('span', 'kit-unit', typed, c.unit);
  const range = make('input', '', row);
  range.type = 'range'; range.id = id; range.min = c.low; range.max = c.high; range.step = 'any';
  range.dataset.key = c.key; range.setAttribute('aria-describedby', `${id}-d`);
  const hint = make('span', 'kit-hidden', row, c.hint); hint.id = `${id}-d`;
  const now = () => lab.value(c.key), shown = v => kitNumber(c, v);
  function show(v) {
    range.value = v; range.setAttribute('aria-valuetext', `${shown(v)} ${c.unit}`);
    range.style.setProperty('--kit-fill', `${100 * (v - c.low) / (c.high - c.low || 1)}%`);
    if (document.activeElement !== text) text.value = shown(v);
  }
  function put(v, settled) {
    v = Math.min(Math.max(v, c.low), c.high);
    v = Number(v.toFixed(c.decimals)) + 0;
    if (v === now() && !settled) { show(v); return; }
    show(v); lab.put(c.key, v, settled);
  }
  const snap = v => c.low + Math.round((v - c.low) / c.step) * c.step;
  range.addEventListener('input', () => put(snap(range.valueAsNumber), false));
  range.addEventListener('change', () => put(snap(range.valueAsNumber), true));
  range.addEventListener('keydown', e => {
    const rtl = getComputedStyle(range).direction === 'rtl' ? -1 : 1;
    const steps = {ArrowUp: 1, ArrowDown: -1, ArrowRight: rtl, ArrowLeft: -rtl, PageUp: 10, PageDown: -10}[e.key];
    if (steps) { e.preventDefault(); put(now() + steps * c.step, false); }
    else if (e.key === 'Home' || e.key === 'End') { e.preventDefault(); put(e.key === 'Home' ? c.low : c.high, false); }
  });
  range.addEventListener('keyup', e => { if (/^(Arrow|Page|Home|End)/.test(e.key)) lab.ask(true); });
  function take() {
    const v = kitRead(text.value);
    if (Number.isNaN(v)) lab.say(`${c.label}: ${ui.type_number} ${shown(c.low)} \u2013 ${shown(c.high)} ${c.unit}.`);
    else put(v, true);
    text.value = shown(now());
  }
  text.addEventListener('keydown', e => { if (e.key === 'Enter') { e.preventDefault(); take(); } });
  text.addEventListener('focus', () => text.select());
  text.addEventListener('blur', () => {
    if (kitRead(text.value) !== Number(now().toFixed(c.decimals))) take(); else text.value = shown(now());
  });
  return {show};
}

function optionControl(c, parent, lab) {
  const {make} = lab, box = make('fieldset', 'kit-option', parent), id = `${lab.uid}-${c.key}`;
  const head = make('legend', '', box, c.label); box.dataset.key = c.key;
  if (c.hint) {
    head.title = c.hint;
    const hint = make('span', 'kit-hidden', box, c.hint); hint.id = `${id}-d`; box.setAttribute('aria-describedby', hint.id);
  }
  const radios = c.options.map(([value, words]) => {
    const label = make('label', '', box), radio = make('input', '', label);
    radio.type = 'radio'; radio.name = id; radio.value = value;
    make('span', '', label, words);
    radio.addEventListener('change', () => { if (radio.checked) lab.put(c.key, value, true); });
    return radio;
  });
  return {show(v) { radios.forEach(r => { r.checked = r.value === v; }); }};
}
