// Holds one map page in a sandboxed frame. Only styles, words, a drawn line and the choice travel.
function mapFrame(box, page, title, height, told) {
  'use strict';
  const frame = document.createElement('iframe');
  frame.className = 'kit-map';
  frame.title = title;
  frame.setAttribute('sandbox', 'allow-scripts allow-popups');
  frame.style.cssText = `display:block;width:100%;height:${height}px;border:0`;
  let ready = false, waiting = null, closed = false;

  function dark() {
    const theme = document.body.dataset.jpThemeLight;
    return theme ? theme === 'false' : matchMedia('(prefers-color-scheme: dark)').matches;
  }
  function post(message) {
    if (!ready) { waiting = Object.assign(waiting || {}, message); return; }
    frame.contentWindow.postMessage(Object.assign({kit: 1, theme: dark() ? 'dark' : 'light'}, message), '*');
  }
  // The frame shows names of the data: what it says is checked, and nothing else is heard.
  function hear(event) {
    if (event.source !== frame.contentWindow || typeof event.data !== 'object' || !event.data) return;
    const d = event.data;
    if (d.kitready === 1) { ready = true; post(waiting || {}); waiting = null; }
    if (Number.isFinite(d.kitdone)) told.done(d.kitdone);
    if (d.kitselect === null) told.select(null, '');
    else if (Number.isInteger(d.kitselect) && d.kitselect >= 0 && typeof d.layer === 'string') told.select(d.kitselect, d.layer);
    if (told.point && Array.isArray(d.kitpoint) && d.kitpoint.length === 2 && d.kitpoint.every(Number.isFinite))
      told.point([d.kitpoint[0], d.kitpoint[1]]);
    if (told.escape && d.kitescape === 1) told.escape();
  }
  window.addEventListener('message', hear);
  const look = new MutationObserver(() => post({}));
  look.observe(document.body, {attributes: true, attributeFilter: ['data-jp-theme-light']});
  frame.srcdoc = page;
  box.appendChild(frame);
  return {
    post, frame,
    // a frame that is moved in the page starts anew and says so by 'kitready'
    close() { closed = true; window.removeEventListener('message', hear); look.disconnect(); },
    get closed() { return closed; },
  };
}
// A view of bytes of its own: the buffer behind it may hold more.
function bytesOf(view) {
  if (!view || !view.byteLength) return new ArrayBuffer(0);
  return view.buffer ? view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) : view.slice(0);
}
