// Init script: devices without hardware, and the other end of the socket inside the page. The connection between
// the page and this end is a real RTCPeerConnection; the tests say what the server says with `service.say`.
(() => {
  if (!navigator.mediaDevices) return;
  const service = (window.service = { devices: "both", sound: "voice", blocked: false, opened: 0, sent: [], sockets: [], seq: 0 });

  /** A drawn face, so that a picture can be told from its absence. */
  const picture = (coat, wall) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const g = canvas.getContext("2d");
    const disc = (x, y, rx, ry, colour) => {
      g.fillStyle = colour;
      g.beginPath();
      g.ellipse(x, y, rx, ry, 0, 0, 7);
      g.fill();
    };
    const draw = () => {
      g.fillStyle = wall;
      g.fillRect(0, 0, 640, 480);
      disc(320, 560, 210, 230, coat);
      disc(320, 220, 118, 150, "#2d2a2a");
      disc(320, 245, 92, 118, "#e8b995");
      g.fillStyle = "#333";
      g.fillRect(280, 230, 24, 6);
      g.fillRect(336, 230, 24, 6);
      g.fillRect(300, 300, 40, 5);
    };
    draw();
    setInterval(draw, 200);
    return canvas.captureStream(5).getVideoTracks()[0];
  };

  /** A quiet room in which somebody speaks now and then; or shouts into a microphone, or one that is switched off. */
  const voice = () => {
    const volume = { voice: 0.3, loud: 30, dead: 0 }[service.sound];
    const context = new AudioContext();
    const out = context.createMediaStreamDestination();
    const noise = context.createBufferSource();
    const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate);
    const samples = buffer.getChannelData(0);
    for (let i = 0; i < samples.length; i++) samples[i] = (Math.random() - 0.5) * 0.002;
    noise.buffer = buffer;
    noise.loop = true;
    const tone = context.createOscillator();
    const level = context.createGain();
    level.gain.value = 0;
    tone.frequency.value = 220;
    if (volume > 0) noise.connect(out);
    tone.connect(level).connect(out);
    noise.start();
    tone.start();
    setInterval(() => (level.gain.value = Math.floor(Date.now() / 500) % 3 === 0 ? volume : 0), 100);
    void context.resume();
    return out.stream.getAudioTracks()[0];
  };

  const state = { both: "granted", voice: "granted", none: "denied", missing: "granted", busy: "granted", ask: "prompt" };
  const none = { none: "NotAllowedError", missing: "NotFoundError", busy: "NotReadableError" };
  navigator.permissions.query = async () => ({ state: state[service.devices] });
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    service.opened++;
    const why = none[service.devices] ?? (service.devices === "voice" && wanted.video ? none.none : undefined);
    if (why) throw new DOMException("", why);
    const tracks = [];
    if (wanted.audio) tracks.push(voice());
    if (wanted.video) tracks.push(picture("#7ca0a8", "#d9d5c8"));
    return new MediaStream(tracks);
  };
  navigator.mediaDevices.enumerateDevices = async () => ["audioinput", "videoinput"].map((kind) => ({ kind, deviceId: kind, label: "" }));

  /** Each socket has a connection of its own. */
  async function answer(socket, sdp) {
    socket.connection ??= new RTCPeerConnection();
    const connection = socket.connection;
    await connection.setRemoteDescription({ type: "offer", sdp });
    const [sound, face] = connection.getTransceivers();
    if (!sound.sender.track) {
      await sound.sender.replaceTrack(voice());
      await face.sender.replaceTrack(picture("#2f4d74", "#dfe4e6"));
      sound.direction = face.direction = "sendrecv";
    }
    await connection.setLocalDescription(await connection.createAnswer());
    await new Promise((done) => {
      const ready = () => connection.iceGatheringState === "complete" && done();
      connection.onicegatheringstatechange = ready;
      ready();
    });
    const { sdp: answered } = connection.localDescription;
    // A network in between lets nothing through: the page never finds anybody at these addresses.
    if (!service.blocked) return answered;
    socket.connection = connection.close();
    return answered.replace(/^(a=candidate:(?:\S+ ){4})\S+/gm, "$1192.0.2.1");
  }

  window.WebSocket = class extends EventTarget {
    constructor(url) {
      super();
      this.url = url;
      service.sockets.push(this);
      setTimeout(() => (service.down ? this.drop(1006) : this.onopen?.()), 10);
    }
    async send(text) {
      const message = JSON.parse(text);
      service.sent.push(message);
      const data = {};
      if (message.type === "hello") data.resume = "00000000-0000-0000-0000-000000000001";
      if (message.type === "offer") {
        if (!message.data.restart) this.connection = this.connection?.close();
        data.sdp = await answer(this, message.data.sdp);
      }
      this.onmessage?.({ data: JSON.stringify({ v: 1, id: message.id, type: "ack", data }) });
      if (message.type === "hello" && !message.data.resume) tell(this, "snapshot", service.snapshot, 0);
      if (message.type === "hello") this.greeted = true;
    }
    drop(code) {
      this.onclose?.({ code });
    }
    close() {}
  };

  const tell = (socket, type, data, at_ms) => socket.onmessage?.({ data: JSON.stringify({ v: 1, seq: ++service.seq, type, at_ms, data }) });
  // News come on the page's own line, not on that of the counter's microphone.
  const line = () => service.sockets.findLast(({ url }) => !url.endsWith("/counter/socket"));
  service.say = (type, data, at_ms = 0) => tell(line(), type, data, at_ms);
  service.listens = () => Boolean(line()?.greeted);
  service.drop = (code) => service.sockets.at(-1).drop(code);
})();
