// Drawing one line on the map: a mode that a button starts and Escape ends, by click or by name.
function drawControl(c, parent, lab) {
  const {make, ui} = lab, box = make('fieldset', 'kit-option kit-draw', parent);
  make('legend', '', box, c.label).title = c.hint; box.dataset.key = c.key;
  const count = make('span', 'kit-draw-count', box); count.setAttribute('role', 'status');
  const row = make('div', 'kit-buttons', box);
  function button(name, text) { const b = make('button', name, row, text); b.type = 'button'; return b; }
  const toggle = button('kit-button', c.button), undo = button('kit-clear', ui.draw_undo), clear = button('kit-clear', ui.draw_clear);
  const how = make('p', 'kit-note-line', box, ui.draw_how); how.id = `${lab.uid}-draw-how`;
  toggle.setAttribute('aria-pressed', 'false'); toggle.setAttribute('aria-describedby', how.id);
  const named = make('div', 'kit-control kit-pick', box), label = make('label', 'kit-hidden', named, ui.draw_by_name);
  const field = make('input', '', named), list = make('datalist', '', named), add = make('button', 'kit-clear', named, ui.draw_add);
  field.type = 'text'; field.id = label.htmlFor = `${lab.uid}-draw`; field.autocomplete = 'off'; field.placeholder = ui.draw_by_name;
  list.id = `${lab.uid}-places`; field.setAttribute('list', list.id); add.type = 'button';
  c.places.forEach(p => { make('option', '', list).value = p[0]; });
  // rows as kitNamed reads them: the name is all a place has
  const places = c.places.map(p => [p[0], p[0], p]);
  let on = false, line = null;

  const points = () => lab.value(c.key);
  function flat(list) {                        // whole numbers: the first point, then steps
    let lat = 0, lon = 0; const out = [];
    list.forEach(p => { const y = Math.round(p[0] * 1e5), x = Math.round(p[1] * 1e5); out.push(y - lat, x - lon); lat = y; lon = x; });
    return out;
  }
  function show() {
    const n = points().length;
    count.textContent = n ? `${n} ${n === 1 ? ui.draw_point : ui.draw_points}` : '';
    undo.hidden = clear.hidden = !n; how.hidden = named.hidden = !on;
    if (!c.places.length) named.hidden = true;
    toggle.setAttribute('aria-pressed', String(on)); box.classList.toggle('is-on', on);
    lab.post({draw: {on, points: flat(points()), line}});
  }
  function put(list) {
    if (!list.length) line = null;
    lab.put(c.key, list, true); show();
  }
  function point(at) {
    const [south, west, north, east] = c.bounds, list = points(), last = list[list.length - 1];
    const p = at.map(v => Number(v.toFixed(5)));
    if (!on) return;
    if (!(p[0] >= south && p[0] <= north && p[1] >= west && p[1] <= east)) { lab.say(ui.draw_outside); return; }
    if (list.length >= c.most) { lab.say(ui.draw_full); return; }
    if (last && last[0] === p[0] && last[1] === p[1]) return;
    put([...list, p]);
  }
  function mode(wish) { on = wish; show(); if (!on && box.contains(document.activeElement)) toggle.focus(); }
  function byName() {
    if (!field.value.trim()) return;
    const found = kitNamed(field.value, places, ui);
    if (!found.row) { lab.say(found.said); return; }
    point(found.row[2].slice(1)); field.value = ''; field.focus();
  }
  toggle.addEventListener('click', () => mode(!on));
  undo.addEventListener('click', () => { put(points().slice(0, -1)); if (undo.hidden) toggle.focus(); });
  clear.addEventListener('click', () => { put([]); toggle.focus(); });
  add.addEventListener('click', byName);
  field.addEventListener('keydown', e => { if (e.key === 'Enter') { e.preventDefault(); byName(); } });
  return {
    show, point,
    // Python's answer: the line the points mean; null joins them by straight lines
    line(numbers) { line = numbers || flat(points()); show(); },
    // Escape ends drawing first, then clears the selection
    leave() { if (!on) return false; mode(false); return true; },
  };
}
