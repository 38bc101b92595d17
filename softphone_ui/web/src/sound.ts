/** Everything heard and measured beside the conversation: the ring, the level meter, the choice of headset. */

const RING_HZ = [440, 480];
const RINGS_S = 1;
const CADENCE_S = 4;
const LOUDNESS = 0.15;
const GONE = ["OverconstrainedError", "NotFoundError"];

/**
 * A ring that sounds in a hidden tab, too: one buffer played in a loop by the browser's sound thread, without
 * any timer of the page's, which browsers slow down in hidden tabs.
 */
export class Ring {
  private readonly context = new AudioContext();
  private playing: AudioBufferSourceNode | null = null;

  /** Browsers let a page make sounds once somebody has pressed something in it: call this from there. */
  async allow(): Promise<void> {
    await this.context.resume();
  }

  /** Have the ring come from another device, where the browser can do that. */
  async useSpeaker(device: string): Promise<void> {
    if ("setSinkId" in this.context) {
      await (this.context as AudioContext & { setSinkId(id: string): Promise<void> }).setSinkId(device);
    }
  }

  start(): void {
    if (this.playing) return;
    void this.context.resume();
    this.playing = this.context.createBufferSource();
    this.playing.buffer = this.cadence();
    this.playing.loop = true;
    this.playing.connect(this.context.destination);
    this.playing.start();
  }

  stop(): void {
    this.playing?.stop();
    this.playing = null;
  }

  get sounds(): boolean {
    return this.playing !== null && this.context.state === "running";
  }

  private cadence(): AudioBuffer {
    const rate = this.context.sampleRate;
    const buffer = this.context.createBuffer(1, CADENCE_S * rate, rate);
    const samples = buffer.getChannelData(0);
    for (let at = 0; at < RINGS_S * rate; at++) {
      const angle = (2 * Math.PI * at) / rate;
      samples[at] = LOUDNESS * RING_HZ.reduce((sum, hertz) => sum + Math.sin(hertz * angle), 0);
    }
    return buffer;
  }
}

/** How loud a stream is. */
export class Meter {
  private readonly context = new AudioContext();
  private readonly analyser = this.context.createAnalyser();
  private readonly samples: Float32Array<ArrayBuffer>;
  private source: MediaStreamAudioSourceNode | null = null;

  constructor() {
    this.analyser.fftSize = 1024;
    this.samples = new Float32Array(this.analyser.fftSize);
  }

  listenTo(stream: MediaStream | null): void {
    this.source?.disconnect();
    this.source = stream && this.context.createMediaStreamSource(stream);
    this.source?.connect(this.analyser);
    void this.context.resume();
  }

  /** Return how loud it is now, 0 to 1; a loud voice has about 0.3. */
  get level(): number {
    if (!this.source) return 0;
    this.analyser.getFloatTimeDomainData(this.samples);
    const energy = this.samples.reduce((sum, sample) => sum + sample * sample, 0);
    return Math.sqrt(energy / this.samples.length);
  }
}

/** The devices of one kind; they have names once the microphone was allowed. */
export async function devices(kind: "audioinput" | "audiooutput"): Promise<MediaDeviceInfo[]> {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((device) => device.kind === kind);
}

/** Ask for the microphone; one that is not there any more gives way to the usual one. */
export async function microphone(device: string): Promise<MediaStream> {
  const quality = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  const usual = () => navigator.mediaDevices.getUserMedia({ audio: quality, video: false });
  if (!device) return usual();
  try {
    // merely preferred, Chromium may open another one
    const audio = { ...quality, deviceId: { exact: device } };
    return await navigator.mediaDevices.getUserMedia({ audio, video: false });
  } catch (error) {
    if (error instanceof Error && GONE.includes(error.name)) return usual();
    throw error;
  }
}
