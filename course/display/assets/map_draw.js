// The line a reader draws: points go out to the page, points and line come back.
// It is the only thing on the map whose shape may change after the map was drawn.
function kitDraw(map, box, tools) {
  'use strict';
  var state = {on: false, points: [], line: null}, group = L.featureGroup().addTo(map);
  var canvas = tools.pane('kit-drawn', 605, false), clickable = map.getPane('kit-data');
  var cross = L.DomUtil.create('div', 'kit-cross', box);
  cross.setAttribute('aria-hidden', 'true');

  function draw() {
    var common = {renderer: canvas, pane: 'kit-drawn', interactive: false, lineJoin: 'round', smoothFactor: 0.6};
    group.clearLayers();
    if (state.line && state.line.length > 1) {
      // the light dots tell a drawn line from one that is selected
      [['halo', 8, null], ['accent', 5, null], ['halo', 2, '1 7']].forEach(function (c) {
        L.polyline(state.line, L.extend({color: tools.role(c[0]), weight: c[1], dashArray: c[2], opacity: 1}, common)).addTo(group);
      });
    }
    state.points.forEach(function (at, i) {
      var last = i === state.points.length - 1;
      L.circleMarker(at, L.extend({radius: 5, weight: 2, opacity: 1, fillOpacity: 1, color: tools.role('accent'),
        fillColor: tools.role(last && state.on ? 'accent' : 'halo')}, common)).addTo(group);
    });
  }
  function add(at) { tools.tell({kitpoint: [at.lat, at.lng]}); }
  map.on('click', function (e) {
    // the legend and the scale stand on the map and are no place in the city
    if (state.on && !e.originalEvent.target.closest('.leaflet-control')) add(e.latlng);
  });
  // the cross shows to hands on the keyboard, not under a pointer
  box.addEventListener('keydown', function () { box.classList.add('by-keys'); });
  box.addEventListener('pointerdown', function () { box.classList.remove('by-keys'); });
  // the middle of the map is where a reader without a mouse puts a point
  box.addEventListener('keydown', function (e) {
    if (!state.on || e.target !== box || (e.key !== 'Enter' && e.key !== ' ')) return;
    e.preventDefault(); add(map.getCenter());
  });
  function set(given) {
    state = {on: given.on, points: tools.points(given.points), line: given.line && tools.points(given.line)};
    box.classList.toggle('is-drawing', state.on);
    // a click is for the line, not for what lies under it
    clickable.style.pointerEvents = state.on ? 'none' : '';
    map.doubleClickZoom[state.on ? 'disable' : 'enable']();
    if (state.on) map.eachLayer(function (l) { if (l instanceof L.Popup || l instanceof L.Tooltip) map.removeLayer(l); });
    draw();
  }
  return {set: set, draw: draw, on: function () { return state.on; }, state: function () { return state; }};
}
