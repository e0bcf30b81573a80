// Init script: a microphone and camera without devices. `window.fakeMic.play(base64wav)` resolves
// with the performance.now() at which the clip starts; everything behind getUserMedia is real.
(() => {
  if (!navigator.mediaDevices) return; // about:blank and other insecure pages
  const mic = window.fakeMic = { log: [] };
  let context, destination;
  const open = () => {
    if (context) return;
    context = new AudioContext({ sampleRate: 48000 });
    destination = context.createMediaStreamDestination();
    // A source that always runs, so that the track never stops sending: inaudible, not zero.
    const floor = context.createConstantSource(); const level = context.createGain();
    level.gain.value = 0; floor.connect(level).connect(destination); floor.start();
    mic.context = context;
  };
  const camera = (width, height, fps) => {
    const canvas = document.createElement('canvas'); canvas.width = width; canvas.height = height;
    const g = canvas.getContext('2d'); let n = 0;
    const draw = () => { g.fillStyle = `hsl(${(n * 20) % 360} 60% 70%)`; g.fillRect(0, 0, width, height);
      g.fillStyle = '#123'; g.fillRect((n * 8) % width, height / 3, 20, 40); n++; };
    draw(); setInterval(draw, 1000 / fps);
    return canvas.captureStream(fps).getVideoTracks()[0];
  };
  mic.play = async (base64, { lead = 0.05, gain = 1, from = 0, to } = {}) => {
    open();
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const buffer = await context.decodeAudioData(bytes.buffer);
    const node = context.createBufferSource(); node.buffer = buffer;
    const level = context.createGain(); level.gain.value = gain;
    node.connect(level).connect(destination);
    const at = context.currentTime + lead; node.start(at, from, to === undefined ? undefined : to - from);
    const started = performance.timeOrigin + performance.now() + lead * 1000;
    const entry = { started, duration: buffer.duration, ended: null };
    entry.done = new Promise((ok) => { node.onended = () => { entry.ended = Date.now(); ok(); }; });
    mic.log.push(entry);
    return { started, duration: buffer.duration, state: context.state, index: mic.log.length - 1 };
  };
  mic.finished = (index) => mic.log[index].done;
  navigator.mediaDevices.getUserMedia = async (wanted = {}) => {
    const tracks = [];
    if (wanted.audio) { open(); if (context.state !== 'running') await Promise.race([context.resume(), new Promise((r) => setTimeout(r, 1000))]);
      tracks.push(destination.stream.getAudioTracks()[0].clone()); }
    if (wanted.video) tracks.push(camera(160, 120, 5));
    return new MediaStream(tracks);
  };
  navigator.mediaDevices.enumerateDevices = async () => [
    { deviceId: 'mic', groupId: 'g', kind: 'audioinput', label: 'Test microphone', toJSON() { return this; } },
    { deviceId: 'cam', groupId: 'g', kind: 'videoinput', label: 'Test camera', toJSON() { return this; } }];
})();
