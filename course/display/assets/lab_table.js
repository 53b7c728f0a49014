// The table of a lab: sorted by a press on a head; a row that stands for a choice selects it.
function labTable(box, lab) {
  const {make} = lab;
  let sort = null, shown = null, chosen = '';
  function draw(g, now) {
    shown = g; chosen = now; box.textContent = '';
    if (!g.cells.length) return;
    const order = g.cells.map((_, i) => i), key = i => g.keys[i][sort.column];
    if (sort) order.sort((a, b) => {
      const x = key(a), y = key(b);
      if (x === null || y === null) return (x === null) - (y === null);
      return (x < y ? -1 : x > y ? 1 : 0) * sort.way;
    });
    const scroll = make('div', 'kit-scroll', box); scroll.tabIndex = 0; scroll.dataset.lmSuppressShortcuts = 'true';
    scroll.setAttribute('role', 'region'); scroll.setAttribute('aria-label', g.caption);
    const table = make('table', 'kit-table', scroll); make('caption', '', table, g.caption);
    const tr = make('tr', '', make('thead', '', table)), body = make('tbody', '', table);
    g.heads.forEach((h, column) => head(g, h, column, make('th', column ? 'num' : '', tr)));
    order.forEach(i => row(g, i, make('tr', '', body)));
  }
  function head(g, words, column, th) {
    const b = make('button', 'kit-sort', th, words), mine = sort && sort.column === column;
    b.type = 'button'; th.scope = 'col';
    th.setAttribute('aria-sort', mine ? (sort.way > 0 ? 'ascending' : 'descending') : 'none');
    make('span', 'kit-arrow', b, mine ? (sort.way > 0 ? ' \u2191' : ' \u2193') : '').setAttribute('aria-hidden', 'true');
    b.addEventListener('click', () => {
      const way = mine ? -sort.way : (typeof g.keys[0]?.[column] === 'number' ? -1 : 1);
      sort = {column, way}; draw(shown, chosen);
      box.querySelectorAll('thead button')[column].focus();
    });
  }
  function row(g, i, line) {
    const id = g.ids[i] || '';
    if (id && id === chosen) line.setAttribute('aria-current', 'true');
    g.cells[i].forEach((text, column) => {
      const cell = make(column ? 'td' : 'th', column ? 'num' : '', line);
      if (!column) cell.scope = 'row';
      if (column || !id) { make('bdi', '', cell, text); return; }
      const b = make('button', 'kit-row', cell); b.type = 'button'; b.dataset.id = id;
      make('bdi', '', b, text); b.addEventListener('click', () => lab.choose(id === chosen ? '' : id));
    });
  }
  return {
    draw(g, now) {
      // the focus stays on the row it was on, wherever the row goes
      const held = box.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
      draw(g, now);
      if (held) [...box.querySelectorAll('.kit-row')].find(b => b.dataset.id === held)?.focus();
    },
  };
}
