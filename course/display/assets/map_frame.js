// Holds one map page in a sandboxed frame. Only styles, words and the choice travel.
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
  function hear(event) {
    if (event.source !== frame.contentWindow || !event.data) return;
    const d = event.data;
    if (d.kitready) { ready = true; post(waiting || {}); waiting = null; }
    if (typeof d.kitdone === 'number') told.done(d.kitdone);
    if ('kitselect' in d) told.select(d.kitselect, d.layer);
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
