// Draws one map of the kit inside a folium page and listens to its parent.
// Layers keep the order of their features: a style is one byte per feature.
function courseMap(map, spec) {
  'use strict';
  var SCALE = 1e5, NONE = 255, sight = matchMedia('(prefers-color-scheme: dark)');
  var theme = sight.matches ? 'dark' : 'light', layers = {}, labelled = [], chosen = null;
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
  function paint(layer, index) {
    var colors = layer.palette[theme], value = layer.styles[index];
    return value === NONE ? spec.missing[theme] : colors[value];
  }
  function options(layer, index) {
    var color = paint(layer, index), missing = layer.styles[index] === NONE;
    if (layer.kind === 'lines') return {color: color, opacity: missing ? 0.5 : 0.95};
    return {fillColor: color, color: role('halo'), fillOpacity: missing ? 0.55 : layer.opacity};
  }
  function popup(layer, index) {
    var d = L.DomUtil.create('div', 'kit-popup'), text = layer.tips[index] || [];
    var head = L.DomUtil.create('strong', '', d); head.textContent = layer.names[index];
    head.dir = 'auto';
    text.forEach(function (line) { L.DomUtil.create('div', '', d).textContent = line; });
    return d;
  }
  function chose(layer, index) {
    if (layer.picks) { select(index, layer.id); parent.postMessage({kitselect: index, layer: layer.id}, '*'); }
  }
  spec.layers.forEach(function (given, n) {
    var layer = {id: given.id, kind: given.kind, palette: given.palette, names: given.names,
      tips: given.tips || [], picks: given.picks, opacity: given.opacity, parts: [],
      styles: bytes(given.styles), group: L.featureGroup()};
    var name = 'kit-data-' + n, canvas = pane(name, 400 + n, true);
    given.shapes.forEach(function (shape, i) {
      var base = {renderer: canvas, pane: name, weight: given.weight, smoothFactor: 0.6, lineJoin: 'round'};
      var style = L.extend(base, options(layer, i)), part;
      if (layer.kind === 'areas') part = L.polygon(shape.map(function (p) { return p.map(points); }), style);
      else if (layer.kind === 'lines') part = L.polyline(shape.map(points), style);
      else part = L.circleMarker(points(shape)[0], L.extend(style, {radius: given.radii[i]}));
      if (layer.names) {
        part.bindPopup(function () { return popup(layer, i); }, {autoPan: false, maxWidth: 260});
        if (layer.kind === 'areas' || given.shapes.length < 2000)
          part.bindTooltip(function () { return popup(layer, i); }, {sticky: true, direction: 'top', opacity: 1});
        part.on('click', function (e) { L.DomEvent.stop(e); part.closeTooltip(); chose(layer, i); });
      }
      layer.parts.push(part); layer.group.addLayer(part);
    });
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
  function say() {                     // write the labels, leaving out those that would collide
    var taken = [], fits = [], seen = 0, view = map.getBounds();
    labelled.forEach(function (l) {
      var span = l.mark.getElement() && l.mark.getElement().firstChild;
      if (!span) return;
      span.textContent = l.text;
      var dark = l.layer.styles[l.index] !== NONE && spec.inks[paint(l.layer, l.index)];
      span.className = dark === 'light' ? 'on-dark' : '';
      var p = map.latLngToContainerPoint(l.at), w = 4.2 * l.text.length + 4, h = 10;
      var part = l.layer.parts[l.index].getBounds(), nw = map.latLngToContainerPoint(part.getNorthWest());
      var room = map.latLngToContainerPoint(part.getSouthEast()).x - nw.x;
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
    [[role('halo'), 7], [role('accent'), 4]].forEach(function (c) {
      var style = L.extend({}, common, {color: c[0], weight: c[1], opacity: 1});
      if (part.getRadius) L.circleMarker(part.getLatLng(), L.extend(style, {radius: part.getRadius() + 2})).addTo(outline);
      else if (layer.kind === 'lines') L.polyline(part.getLatLngs(), style).addTo(outline);
      else L.polygon(part.getLatLngs(), style).addTo(outline);
    });
  }
  function clear() { select(null); parent.postMessage({kitselect: null}, '*'); }
  map.on('click', function () { if (chosen) clear(); });
  document.addEventListener('keydown', function (e) { if (e.key === 'Escape') clear(); });

  // --- furniture ---------------------------------------------------------------------
  map.attributionControl.setPrefix('Leaflet');
  if (spec.attribution) map.attributionControl.addAttribution(spec.attribution);
  L.control.scale({imperial: false, maxWidth: 120}).addTo(map);
  var legend = null;
  if (spec.legend) {
    legend = L.control({position: 'bottomright'});
    legend.onAdd = function () { return L.DomUtil.create('div', 'kit-legend'); };
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
    var d = legend.getContainer(), colors = layers[spec.legend.layer].palette[theme];
    d.textContent = '';
    var head = L.DomUtil.create('div', 'kit-legend-title', d); head.textContent = spec.legend.title;
    spec.legend.rows.forEach(function (row) {
      var line = L.DomUtil.create('div', 'kit-legend-row', d), key = L.DomUtil.create('i', row[2] || '', line);
      var color = row[0] === NONE ? spec.missing[theme] : colors[row[0]];
      key.style.background = color; key.style.borderColor = color;
      L.DomUtil.create('span', '', line).textContent = row[1];
    });
  }
  function dress() {                   // colours of the present theme, everywhere
    document.documentElement.dataset.theme = theme;
    baseLines.forEach(function (l) { l.setStyle({color: l.kitColor ? l.kitColor[theme] : role('network')}); });
    dots.forEach(function (d) { d.setStyle({fillColor: role('network')}); });
    Object.keys(layers).forEach(function (id) {
      layers[id].parts.forEach(function (p, i) { p.setStyle(options(layers[id], i)); });
    });
    drawLegend(); say();
    if (chosen) select(chosen[0], chosen[1]);
  }
  dress();
  sight.addEventListener('change', function () { if (!spec.told) { theme = sight.matches ? 'dark' : 'light'; dress(); } });

  // --- where the reader looks --------------------------------------------------------
  function fit() { 
    if (!spec.bounds) return;
    // the legend stands beside the city where there is room, not on it
    var key = legend && legend.getContainer(), bounds = L.latLngBounds(spec.bounds), best = [12, 12];
    if (key && box.clientWidth > 480) {
      var beside = [key.offsetWidth + 22, 12], above = [12, key.offsetHeight + 30];
      var zoom = function (p) { return map.getBoundsZoom(bounds, false, L.point(p[0] + 12, p[1] + 12)); };
      best = zoom(beside) >= zoom(above) ? beside : above;
    }
    map.fitBounds(bounds, {paddingTopLeft: [12, 12], paddingBottomRight: best, animate: false});
  }
  fit();
  map.on('dragstart zoomstart', function (e) { if (e.type === 'dragstart' || ready) moved = true; });
  var ready = false; setTimeout(function () { ready = true; }, 0);
  new ResizeObserver(function () {
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
  window.addEventListener('message', function (event) {
    var d = event.data, changed = false;
    if (event.source !== parent || !d || !d.kit) return;
    if (d.theme && d.theme !== theme) { spec.told = true; theme = d.theme; dress(); }
    Object.keys(d.styles || {}).forEach(function (id) {
      var layer = layers[id], fresh = new Uint8Array(d.styles[id]);
      if (!layer || fresh.length !== layer.parts.length) return;
      var old = layer.styles; layer.styles = fresh;
      for (var i = 0; i < fresh.length; i++)
        if (fresh[i] !== old[i]) { layer.parts[i].setStyle(options(layer, i)); changed = true; }
    });
    Object.keys(d.tips || {}).forEach(function (id) { if (layers[id]) layers[id].tips = d.tips[id]; });
    if (d.labels) { labelled.forEach(function (l, i) { l.text = d.labels[i]; }); changed = true; }
    if (changed) say();
    if ('selected' in d) select(d.selected, d.layer);
    // the canvas redraws in the next frame; this call comes after it in that frame
    requestAnimationFrame(function () { parent.postMessage({kitdone: d.v}, '*'); });
  });
  if (parent !== window) parent.postMessage({kitready: 1}, '*');
  window.courseMapState = {layers: layers, fit: fit, theme: function () { return theme; }};
}
