// Sound while it comes: into the loudspeaker, onto a canvas, and into a file.

// Plays 16-bit samples as they are pushed. `moved(seconds)` is called as it goes, `ended()` once all was heard.
export class Player {
  static async open(rate, feed, moved, ended) {
    const player = new Player();
    player.rate = rate;
    player.context = new AudioContext({ sampleRate: rate });
    await player.context.resume();
    if (!player.context.audioWorklet) {
      throw new Error("This browser plays live sound on https pages and on this machine only.");
    }
    await player.context.audioWorklet.addModule(feed);
    player.node = new AudioWorkletNode(player.context, "feed", { outputChannelCount: [1] });
    player.node.port.onmessage = ({ data }) => {
      player.loudest = data.loudest;
      player.played = data.played;
      moved(data.played / rate);
      if (data.over) {
        player.close();
        ended();
      }
    };
    player.node.connect(player.context.destination);
    return player;
  }

  push(samples) {
    const floats = new Float32Array(samples.length);
    for (let i = 0; i < samples.length; i++) floats[i] = samples[i] / 32768;
    this.node.port.postMessage(floats, [floats.buffer]);
  }

  end() {
    this.node.port.postMessage("end");
  }

  close() {
    if (this.context.state !== "closed") this.context.close();
  }
}

// Draws all samples so far, and where the listener is.
export class Wave {
  constructor(canvas) {
    this.canvas = canvas;
    this.brush = canvas.getContext("2d");
    this.peaks = [];
    this.samples = 0;
    this.at = 0;
    this.asked = false;
  }

  // A peak for every 10 ms; what is drawn of them depends on how many there are.
  push(samples, rate) {
    const step = Math.round(rate / 100);
    for (let from = 0; from < samples.length; from += step) {
      let peak = 0;
      const to = Math.min(from + step, samples.length);
      for (let i = from; i < to; i++) peak = Math.max(peak, Math.abs(samples[i]));
      this.peaks.push(peak / 32768);
    }
    this.samples += samples.length;
    this.ask();
  }

  moveTo(seconds) {
    this.at = seconds;
    this.ask();
  }

  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  draw() {
    const { width, height } = this.canvas;
    const { brush, peaks } = this;
    brush.clearRect(0, 0, width, height);
    brush.fillStyle = getComputedStyle(this.canvas).color;
    const heard = this.at * 100;
    const bars = Math.min(peaks.length, 240);
    const each = peaks.length / bars;
    for (let bar = 0; bar < bars; bar++) {
      let peak = 0;
      for (let i = Math.floor(bar * each); i < (bar + 1) * each; i++) peak = Math.max(peak, peaks[i] ?? 0);
      const tall = Math.max(2, peak * height);
      brush.globalAlpha = bar * each <= heard ? 1 : 0.35;
      brush.fillRect((bar * width) / bars, (height - tall) / 2, Math.max(1, (width / bars) * 0.6), tall);
    }
  }
}

// A WAV file of 16-bit mono samples.
export function wav(parts, rate) {
  const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const head = new DataView(new ArrayBuffer(44));
  const word = (at, text) => [...text].forEach((char, i) => head.setUint8(at + i, char.charCodeAt(0)));
  word(0, "RIFF");
  head.setUint32(4, 36 + bytes, true);
  word(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, rate, true);
  head.setUint32(28, rate * 2, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  word(36, "data");
  head.setUint32(40, bytes, true);
  return new Blob([head, ...parts], { type: "audio/wav" });
}
