// Draws one map of the kit inside a folium page and listens to its parent.
// Layers keep the order of their features: a style is one byte per feature.
function courseMap(map, spec) {
  'use strict';
  var SCALE = 1e5, NONE = 255, HIDDEN = 254, looks = kitLooks(), sight = matchMedia('(prefers-color-scheme: dark)');
  var theme = sight.matches ? 'dark' : 'light', layers = {}, order = [], labelled = [], chosen = null;
  var box = map.getContainer(), moved = false, label = spec.title || 'Map';
  document.documentElement.lang = spec.lang || 'en';
  box.setAttribute('role', 'application');
  box.setAttribute('aria-label', label + '. Arrow keys move the map, plus and minus zoom.');

  function role(name) { return spec.roles[theme][name]; }
  function points(flat) {
    var out = [], lat = 0, lon = 0;
    for (var i = 0; i < flat.length; i += 2) {
      lat += flat[i]; lon += flat[i + 1]; out.push([lat / SCALE, lon / SCALE]);
    }
    return out;
  }
  function pane(name, z, touch) {
    var p = map.createPane(name); p.style.zIndex = z;
    if (!touch) p.style.pointerEvents = 'none';
    return L.canvas({pane: name, padding: 0.3, tolerance: 3});
  }
  function bytes(text) {
    var raw = atob(text), out = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }

  // --- base: the city's own lines and stops ------------------------------------------
  var under = pane('kit-base', 350, false), base = L.featureGroup(), baseLines = [];
  (spec.base.lines || []).forEach(function (part) {
    var line = L.polyline(part.lines.map(points), {renderer: under, pane: 'kit-base',
      interactive: false, weight: part.color ? spec.base.weight : 1.2, smoothFactor: 1.2,
      lineJoin: 'round', opacity: part.color ? 0.95 : 0.75});
    line.kitColor = part.color; baseLines.push(line); base.addLayer(line);
  });
  var dots = [];
  points(spec.base.stops || []).forEach(function (at) {
    var dot = L.circleMarker(at, {renderer: under, pane: 'kit-base', interactive: false,
      radius: spec.base.radius, weight: 0, fillOpacity: 0.85});
    dots.push(dot); base.addLayer(dot);
  });
  base.addTo(map);

  // --- data layers -------------------------------------------------------------------
  // One canvas for all: only then a click finds what lies under a line or between points.
  var canvas = pane('kit-data', 400, true), PLAIN = {marker: 'circle', dash: '', hatch: ''};
  function lookOf(layer, value) { return layer.looks && layer.looks[value] || PLAIN; }
  function paintOf(layer, value) {
    return value === NONE ? spec.missing[theme] : layer.palette[theme][value];
  }
  function paint(layer, index) { return paintOf(layer, layer.styles[index]); }
  function style(layer, value) {
    if (value === HIDDEN) return {stroke: false, fill: false, interactive: false};
    var missing = value === NONE, look = lookOf(layer, value), color = paintOf(layer, value);
    var weight = look.weight || layer.weight, given = typeof look.opacity === 'number';
    if (layer.kind === 'lines') return {stroke: true, interactive: layer.touch, color: color, weight: weight,
      dashArray: looks.dash[look.dash] || null, opacity: given ? look.opacity : missing ? 0.5 : 0.95};
    var out = {stroke: true, fill: true, interactive: layer.touch, fillColor: color, color: role('halo'),
      weight: weight, fillOpacity: given ? look.opacity : missing ? 0.55 : layer.opacity, opacity: 1};
    if (look.hatch) out.fillColor = looks.hatch(look.hatch, color, spec.inks[color] === 'light' ? '#ffffff' : '#1f2933');
    if (layer.kind === 'points') {
      out.kitMarker = look.marker;
      if (look.hollow) { out.fillColor = role('paper'); out.color = color; out.weight = look.weight || 2.5; }
    }
    return out;
  }
  function options(layer, index) { return style(layer, layer.styles[index]); }
  function popup(layer, index) {
    var d = L.DomUtil.create('div', 'kit-popup'), text = (layer.tips[index] || []).slice();
    var words = lookOf(layer, layer.styles[index]).words;
    if (words) text.push(words);
    if (layer.names) {
      var head = L.DomUtil.create('strong', '', d); head.textContent = layer.names[index];
      head.dir = 'auto';
    }
    text.forEach(function (line) { L.DomUtil.create('div', '', d).textContent = line; });
    return d;
  }
  function chose(layer, index) {
    if (layer.picks) { select(index, layer.id); tell({kitselect: index, layer: layer.id}); }
  }
  spec.layers.forEach(function (given) {
    var layer = {id: given.id, kind: given.kind, palette: given.palette, names: given.names,
      tips: given.tips || [], picks: given.picks, opacity: given.opacity, weight: given.weight, parts: [],
      looks: given.looks, touch: !!(given.names || given.picks), styles: bytes(given.styles), group: L.featureGroup()};
    layer.sorts = (layer.looks || []).some(function (l) { return l.front; });
    given.shapes.forEach(function (shape, i) {
      var base = {renderer: canvas, pane: 'kit-data', smoothFactor: 0.6, lineJoin: 'round'}, part;
      base = L.extend(base, options(layer, i));
      if (layer.kind === 'areas') part = new looks.Area(shape.map(function (p) { return p.map(points); }), base);
      else if (layer.kind === 'lines') part = new looks.Line(shape.map(points), base);
      else part = new looks.Spot(points(shape)[0], L.extend(base, {radius: given.radii ? given.radii[i] : 5}));
      if (layer.names) {
        part.bindPopup(function () { return popup(layer, i); }, {autoPan: false, maxWidth: 260});
        if (layer.kind === 'areas' || given.shapes.length < 2000)
          part.bindTooltip(function () { return popup(layer, i); }, {sticky: true, direction: 'top', opacity: 1});
      }
      if (layer.touch) part.on('click', function (e) { L.DomEvent.stop(e); part.closeTooltip(); chose(layer, i); });
      layer.parts.push(part); layer.group.addLayer(part);
    });
    order.push(layer);
    layer.group.addTo(map); layers[given.id] = layer;
    if (given.labels) {
      var top = map.createPane('kit-labels'); top.style.zIndex = 620; top.style.pointerEvents = 'none';
      points(given.label_at).forEach(function (at, i) {
        var icon = L.divIcon({className: 'kit-label', html: '<span></span>', iconSize: [0, 0]});
        var mark = L.marker(at, {icon: icon, pane: 'kit-labels', interactive: false, keyboard: false}).addTo(map);
        labelled.push({mark: mark, at: at, layer: layer, index: i, text: given.labels[i]});
      });
    }
  });
  function arrange() {                 // front classes over their layer, later layers over all
    var from = order.findIndex(function (layer) { return layer.sorts; });
    order.forEach(function (layer, n) {
      if (from < 0 || n < from) return;
      var front = function (i) { return !!lookOf(layer, layer.styles[i]).front; };
      if (n > from) layer.parts.forEach(function (p, i) { if (!front(i)) p.bringToFront(); });
      layer.parts.forEach(function (p, i) { if (front(i)) p.bringToFront(); });
    });
  }
  function say() {                     // write the labels, leaving out those that would collide
    var taken = [], fits = [], seen = 0, view = map.getBounds();
    labelled.forEach(function (l) {
      var span = l.mark.getElement() && l.mark.getElement().firstChild;
      if (!span) return;
      span.textContent = l.text;
      var part = l.layer.parts[l.index], spot = !part.getBounds;
      var dark = !spot && l.layer.styles[l.index] !== NONE && spec.inks[paint(l.layer, l.index)];
      span.className = dark === 'light' ? 'on-dark' : '';
      var p = map.latLngToContainerPoint(l.at), w = 4.2 * l.text.length + 4, h = 10, room = Infinity;
      if (spot) {                      // a point has no room inside: its label stands to the right
        var aside = part.getRadius() + w; p = p.add([aside, 0]); span.style.marginLeft = aside + 'px';
      } else {
        room = map.latLngToContainerPoint(part.getBounds().getSouthEast()).x -
          map.latLngToContainerPoint(part.getBounds().getNorthWest()).x;
      }
      var free = room > 1.6 * w && taken.every(function (t) {
        return Math.abs(t[0] - p.x) > t[2] + w || Math.abs(t[1] - p.y) > t[3] + h; });
      span.hidden = true;
      if (view.contains(l.at)) seen++;
      if (free) { taken.push([p.x, p.y, w, h]); fits.push(span); }
    });
    // a few numbers among many districts would look like the only ones that matter
    if (fits.length >= 0.3 * seen) fits.forEach(function (span) { span.hidden = false; });
  }
  map.on('zoomend moveend', say);

  // --- selection ---------------------------------------------------------------------
  var over = pane('kit-selected', 610, false), outline = L.featureGroup().addTo(map);
  function select(index, id) {
    outline.clearLayers(); chosen = index === null || index === undefined ? null : [index, id];
    if (!chosen) { map.closePopup(); return; }
    var layer = layers[id || spec.layers[0].id], part = layer && layer.parts[index];
    if (!part) { chosen = null; return; }
    var common = {renderer: over, pane: 'kit-selected', interactive: false, fill: false, lineJoin: 'round'};
    var line = layer.kind === 'lines', thin = line ? 5 : 4;
    [[role('halo'), thin + 3], [role('accent'), thin]].forEach(function (c) {
      var style = L.extend({}, common, {color: c[0], weight: c[1], opacity: 1});
      if (part.getRadius) new looks.Spot(part.getLatLng(), L.extend(style,
        {radius: part.getRadius() + 2, kitMarker: part.options.kitMarker})).addTo(outline);
      else if (line) L.polyline(part.getLatLngs(), style).addTo(outline);
      else L.polygon(part.getLatLngs(), style).addTo(outline);
    });
  }
  function tell(message) { parent.postMessage(message, '*'); }
  function clear() { select(null); tell({kitselect: null}); }
  var ink = kitDraw(map, box, {role: role, points: points, pane: pane, tell: tell});
  map.on('click', function () { if (chosen && !ink.on()) clear(); });
  document.addEventListener('keydown', function (e) {
    if (e.key !== 'Escape') return;
    if (ink.on()) tell({kitescape: 1}); else clear();
  });

  // --- furniture ---------------------------------------------------------------------
  map.attributionControl.setPrefix('Leaflet');
  if (spec.attribution) map.attributionControl.addAttribution(spec.attribution);
  L.control.scale({imperial: false, maxWidth: 120}).addTo(map);
  var legend = null, legends = spec.legends || [];
  if (legends.length) {
    legend = L.control({position: 'bottomright'});
    legend.onAdd = function () {
      // on a narrow map the legend folds away; on a wide one its summary is not seen
      var d = L.DomUtil.create('details', 'kit-legend');
      L.DomUtil.create('summary', '', d).textContent = 'Legend'; L.DomUtil.create('div', '', d);
      L.DomEvent.disableClickPropagation(d); return d;
    };
    legend.addTo(map);
  }
  if (spec.badge) {
    var badge = L.control({position: 'topright'});
    badge.onAdd = function () {
      var d = L.DomUtil.create('div', 'kit-badge'); d.textContent = spec.badge; return d;
    };
    badge.addTo(map);
  }
  function drawLegend() {
    if (!legend) return;
    var box = legend.getContainer(), d = box.lastChild, drawn = 0;
    d.textContent = '';
    legends.forEach(function (given) {
      var layer = layers[given.layer];
      if (!given.rows.length) return;
      drawn++;
      var head = L.DomUtil.create('div', 'kit-legend-title', d); head.textContent = given.title;
      given.rows.forEach(function (row) {
        var line = L.DomUtil.create('div', 'kit-legend-row', d);
        if (layer.looks) line.appendChild(looks.key(layer.kind, style(layer, row[0])));
        else {
          var key = L.DomUtil.create('i', row[2] || '', line), color = paintOf(layer, row[0]);
          key.style.background = color; key.style.borderColor = color;
        }
        L.DomUtil.create('span', '', line).textContent = row[1];
      });
    });
    box.hidden = !drawn;
  }
  function dress() {                   // colours of the present theme, everywhere
    document.documentElement.dataset.theme = theme;
    baseLines.forEach(function (l) { l.setStyle({color: l.kitColor ? l.kitColor[theme] : role('network')}); });
    dots.forEach(function (d) { d.setStyle({fillColor: role('network')}); });
    Object.keys(layers).forEach(function (id) {
      layers[id].parts.forEach(function (p, i) { p.setStyle(options(layers[id], i)); });
    });
    drawLegend(); say(); ink.draw();
    if (chosen) select(chosen[0], chosen[1]);
  }
  dress(); arrange();
  sight.addEventListener('change', function () { if (!spec.told) { theme = sight.matches ? 'dark' : 'light'; dress(); } });

  // --- where the reader looks --------------------------------------------------------
  function wide() { return box.clientWidth > 480; }
  function fold() { if (legend) legend.getContainer().open = wide(); }
  fold();
  function fit() {
    if (!spec.bounds) return;
    // the legend stands beside the city where there is room, not on it
    var key = legend && legend.getContainer(), bounds = L.latLngBounds(spec.bounds), best = [12, 12];
    if (key && wide()) {
      var beside = [key.offsetWidth + 22, 12], above = [12, key.offsetHeight + 30];
      var zoom = function (p) { return map.getBoundsZoom(bounds, false, L.point(p[0] + 12, p[1] + 12)); };
      best = zoom(beside) >= zoom(above) ? beside : above;
    }
    map.fitBounds(bounds, {paddingTopLeft: [12, 12], paddingBottomRight: best, animate: false});
  }
  fit();
  map.on('dragstart zoomstart', function (e) { if (e.type === 'dragstart' || ready) moved = true; });
  var ready = false; setTimeout(function () { ready = true; }, 0);
  var was = wide();
  new ResizeObserver(function () {
    if (was !== wide()) { was = wide(); fold(); }
    ready = false; map.invalidateSize({animate: false, pan: false}); if (!moved) fit(); say();
    setTimeout(function () { ready = true; }, 0);
  }).observe(box);

  // --- street map, when the kernel could reach it and the browser can too ------------
  if (spec.tiles && navigator.onLine) {
    var probe = new Image(), wait = setTimeout(function () { probe.src = ''; }, 4000);
    probe.onload = function () {
      clearTimeout(wait);
      var bad = 0, streets = L.tileLayer(spec.tiles.url, {maxZoom: 18, opacity: 0.55,
        attribution: spec.tiles.attribution, className: 'kit-streets'}).addTo(map);
      streets.on('tileerror', function () { if (++bad > 3) map.removeLayer(streets); });
    };
    probe.onerror = function () { clearTimeout(wait); };
    probe.src = spec.tiles.url.replace('{z}', '0').replace('{x}', '0').replace('{y}', '0');
  }

  // --- the bridge: styles and words come in, the choice goes out ---------------------
  // What comes in is checked like anything from outside: wrong parts of a message do nothing.
  function whole(n) { return Number.isInteger(n) && n >= 0; }
  function texts(list, n) {
    return Array.isArray(list) && (n === undefined || list.length === n) && list.every(function (t) { return typeof t === 'string'; });
  }
  function numbers(list, most) {
    return Array.isArray(list) && list.length % 2 === 0 && list.length <= 2 * most && list.every(Number.isInteger);
  }
  function goodStyles(layer, given) {
    if (!layer || !(given instanceof ArrayBuffer) || given.byteLength !== layer.parts.length) return false;
    var colors = layer.palette[theme].length;
    return new Uint8Array(given).every(function (v) { return v < colors || v === NONE || v === HIDDEN; });
  }
  function goodLegend(l) {
    var layer = l && layers[l.layer];
    return layer && typeof l.title === 'string' && Array.isArray(l.rows) && l.rows.length <= 20 && l.rows.every(function (r) {
      return Array.isArray(r) && (r[0] === NONE || whole(r[0]) && r[0] < layer.palette[theme].length) &&
        typeof r[1] === 'string' && /^(line|dot)?$/.test(r[2]); });
  }
  function goodDraw(d) {
    return d && typeof d.on === 'boolean' && numbers(d.points, 40) && (d.line === null || numbers(d.line, 5000));
  }
  window.addEventListener('message', function (event) {
    var d = event.data, changed = false;
    if (event.source !== parent || !d || d.kit !== 1) return;
    if ((d.theme === 'light' || d.theme === 'dark') && d.theme !== theme) { spec.told = true; theme = d.theme; dress(); }
    Object.keys(d.styles || {}).forEach(function (id) {
      var layer = Object.hasOwn(layers, id) && layers[id];
      if (!goodStyles(layer, d.styles[id])) return;
      var old = layer.styles, fresh = layer.styles = new Uint8Array(d.styles[id]);
      for (var i = 0; i < fresh.length; i++)
        if (fresh[i] !== old[i]) { layer.parts[i].setStyle(options(layer, i)); changed = true; }
    });
    Object.keys(d.tips || {}).forEach(function (id) {
      var layer = Object.hasOwn(layers, id) && layers[id], given = d.tips[id];
      if (layer && Array.isArray(given) && given.length === layer.parts.length && given.every(function (t) { return texts(t); }))
        layer.tips = given;
    });
    if (texts(d.labels, labelled.length) && labelled.length) { labelled.forEach(function (l, i) { l.text = d.labels[i]; }); changed = true; }
    if (Array.isArray(d.legends) && d.legends.every(goodLegend)) {
      d.legends.forEach(function (fresh) {
        legends = legends.map(function (l) { return l.layer === fresh.layer ? fresh : l; });
      });
      drawLegend();
    }
    if (changed) { arrange(); say(); }
    if (goodDraw(d.draw)) ink.set(d.draw);
    if ('selected' in d && (d.selected === null || whole(d.selected)))
      select(d.selected, Object.hasOwn(layers, d.layer) ? d.layer : undefined);
    // the canvas redraws in the next frame; this call comes after it in that frame
    if (typeof d.v === 'number') requestAnimationFrame(function () { tell({kitdone: d.v}); });
  });
  if (parent !== window) parent.postMessage({kitready: 1}, '*');
  window.courseMapState = {layers: layers, fit: fit, drawn: ink.state, chosen: function () { return chosen; }, theme: function () { return theme; }};
}
