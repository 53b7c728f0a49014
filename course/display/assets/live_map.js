function render({model, el}) {
  const root = document.createElement('figure');
  root.className = 'kit kit-live kit-alive';
  root.setAttribute('aria-label', model.get('title'));
  const box = document.createElement('div'), status = document.createElement('p');
  box.className = 'kit-frame';
  status.className = 'kit-subtitle'; status.setAttribute('role', 'status'); status.setAttribute('aria-live', 'polite');
  root.append(box, status); el.appendChild(root);
  const map = mapFrame(box, model.get('page'), model.get('title'), model.get('height'), {
    done: v => { root.dataset.painted = v; root.dataset.paintedAt = performance.now(); },
    select: index => { model.set('selected', index === null ? -1 : index); model.save_changes(); },
  });
  const last = {styles: {}};
  function choose() { const i = model.get('selected'); map.post({selected: i < 0 ? null : i, v: -1}); }
  function say() { status.textContent = model.get('status'); }
  function hear(message, buffers) {
    if (!message || message.kind !== 'styles') return;
    const styles = {};
    message.layers.forEach((id, i) => { styles[id] = bytesOf(buffers[i]); });
    Object.assign(last.styles, styles);
    const out = {v: message.v, styles};
    if (message.labels) out.labels = message.labels;
    if (message.tips) out.tips = message.tips;
    map.post(out);
  }
  model.on('msg:custom', hear); model.on('change:selected', choose); model.on('change:status', say);
  say(); if (model.get('selected') >= 0) choose();
  return () => { map.close(); model.off('msg:custom', hear); model.off('change:selected', choose); model.off('change:status', say); };
}
export default {render};
