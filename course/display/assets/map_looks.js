// Signs beside colour: hatches for areas, dashes for lines, markers for points, keys of all.
function kitLooks() {
  'use strict';
  var TILE = 6, DASH = {'': null, dashes: '8 6', dots: '1 6'}, made = {}, pen = null;
  var ratio = Math.max(1, Math.min(3, Math.ceil(window.devicePixelRatio || 1)));

  function sheet(width, height) {
    var c = document.createElement('canvas'); c.width = width * ratio; c.height = height * ratio;
    c.style.width = width + 'px'; c.style.height = height + 'px';
    c.getContext('2d').scale(ratio, ratio); return c;
  }
  // A pattern for one colour and one hatch; it stands still when the map is moved.
  function hatch(kind, color, ink) {
    var key = kind + color + ink;
    if (made[key]) return made[key];
    var c = sheet(TILE, TILE), x = c.getContext('2d');
    x.fillStyle = color; x.fillRect(0, 0, TILE, TILE); x.beginPath();
    if (kind === 'dots') { x.fillStyle = ink; x.globalAlpha = 0.7; x.arc(3, 3, 1.2, 0, 7); x.fill(); }
    else {
      x.strokeStyle = ink; x.globalAlpha = 0.6; x.lineWidth = 1;
      [[-1, 1, 1, -1], [0, 6, 6, 0], [5, 7, 7, 5]].concat(kind === 'cross' ? [[-1, 5, 1, 7], [0, 0, 6, 6], [5, -1, 7, 1]] : [])
        .forEach(function (l) { x.moveTo(l[0], l[1]); x.lineTo(l[2], l[3]); });
      x.stroke();
    }
    pen = pen || document.createElement('canvas').getContext('2d');
    var found = pen.createPattern(c, 'repeat');
    if (found.setTransform) found.setTransform(new DOMMatrix().scale(1 / ratio));
    return (made[key] = found);
  }
  // Path of a marker; all markers of one radius have about one area.
  function trace(x, kind, at, r) {
    var shape = {square: [[0.125, 0.375, 0.625, 0.875], 1.25], diamond: [[0, 0.25, 0.5, 0.75], 1.25],
      triangle: [[0.25, 0.583333, 0.916667], 1.45]}[kind];
    x.beginPath();
    if (!shape) { x.arc(at.x, at.y, r, 0, 2 * Math.PI); return; }
    shape[0].forEach(function (t, i) {
      var to = [at.x + shape[1] * r * Math.cos(2 * Math.PI * t), at.y - shape[1] * r * Math.sin(2 * Math.PI * t)];
      if (i) x.lineTo(to[0], to[1]); else x.moveTo(to[0], to[1]);
    });
    x.closePath();
  }
  var Spot = L.CircleMarker.extend({
    _updatePath: function () {
      var canvas = this._renderer;
      if (!canvas._drawing || this._empty()) return;
      trace(canvas._ctx, this.options.kitMarker, this._point, Math.max(this._radius, 1));
      canvas._fillStroke(canvas._ctx, this);
    },
    // the corners of a marker reach further than its radius
    _updateBounds: function () {
      var r = 1.5 * this._radius + this._clickTolerance(), p = [r, r];
      this._pxBounds = new L.Bounds(this._point.subtract(p), this._point.add(p));
    }
  });
  // A finger is wider than a line; neighbouring areas share their edge.
  var Line = L.Polyline.extend({_clickTolerance: function () { return Math.max(8, this.options.weight / 2 + 3); }});
  var Area = L.Polygon.extend({_clickTolerance: function () { return 0; }});

  // The key of one class in a legend.
  function key(kind, style) {
    var c = sheet(18, 14), x = c.getContext('2d');
    c.setAttribute('aria-hidden', 'true');
    if (kind === 'points') trace(x, style.kitMarker, {x: 9, y: 7}, 5);
    else if (kind === 'areas') { x.beginPath(); x.rect(0, 0, 18, 14); }
    else { x.beginPath(); x.moveTo(1, 7); x.lineTo(17, 7); }
    if (kind !== 'lines' && style.fill !== false) { x.globalAlpha = style.fillOpacity; x.fillStyle = style.fillColor; x.fill(); }
    x.globalAlpha = kind === 'lines' ? style.opacity : 1; x.lineCap = 'round';
    x.strokeStyle = style.color; x.lineWidth = kind === 'areas' ? 0 : style.weight || 1;
    if (kind === 'lines' && style.dashArray) x.setLineDash(style.dashArray.split(' ').map(Number));
    if (kind !== 'areas') x.stroke();
    return c;
  }
  return {hatch: hatch, key: key, dash: DASH, Spot: Spot, Line: Line, Area: Area};
}
