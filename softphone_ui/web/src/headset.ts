/** The choice and the test of a headset, on every page with a telephone; this browser keeps the choice. */

import { type Ear, find } from "./dom.ts";
import type { Phone } from "./phone.ts";
import { devices, microphone } from "./sound.ts";

const TEST_MS = 5000;
const KEPT = "hotline-headset";

interface Choice {
  microphone: string;
  speaker: string;
}

export class Headset {
  private readonly microphone = find<HTMLSelectElement>("microphone");
  private used = " ";
  private readonly speaker = find<HTMLSelectElement>("speaker");

  constructor(
    private readonly phone: Phone,
    private readonly said: Ear,
  ) {
    find("test").addEventListener("click", () => void this.test());
    find("ring").addEventListener("click", () => this.ring());
    for (const select of [this.microphone, this.speaker]) {
      select.addEventListener("change", () => void this.choose());
    }
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.offer());
    void this.offer();
  }

  /** Fill in the devices; they have names once the microphone was allowed. */
  async offer(): Promise<void> {
    if (!navigator.mediaDevices) return;
    await this.fill(this.microphone, "audioinput", "microphone");
    await this.fill(this.speaker, "audiooutput", "speaker");
    await this.use();
  }

  private async fill(
    select: HTMLSelectElement,
    kind: "audioinput" | "audiooutput",
    part: keyof Choice,
  ): Promise<void> {
    const known = (await devices(kind)).filter((device) => device.deviceId);
    const usual = select.options[0];
    const kept = read()[part];
    const options = known.map((device) => new Option(device.label || device.deviceId, device.deviceId));
    select.replaceChildren(...(usual ? [usual] : []), ...options);
    select.value = known.some((device) => device.deviceId === kept) ? kept : "";
  }

  private async choose(): Promise<void> {
    const choice: Choice = { microphone: this.microphone.value, speaker: this.speaker.value };
    localStorage.setItem(KEPT, JSON.stringify(choice));
    await this.use();
  }

  private async use(): Promise<void> {
    const wanted = `${this.microphone.value} ${this.speaker.value}`;
    if (wanted === this.used) return;
    this.used = wanted;
    await this.phone.useHeadset(this.microphone.value, this.speaker.value);
  }

  private async test(): Promise<void> {
    const stream = await microphone(this.microphone.value);
    await this.offer();
    this.said.listenTo(stream);
    setTimeout(() => {
      this.said.listenTo(this.phone.said);
      for (const track of stream.getTracks()) track.stop();
    }, TEST_MS);
  }

  private ring(): void {
    this.phone.ring.start();
    setTimeout(() => this.phone.state.talk !== "ringing" && this.phone.ring.stop(), TEST_MS);
  }
}

function read(): Choice {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Choice>;
    return { microphone: kept.microphone ?? "", speaker: kept.speaker ?? "" };
  } catch {
    return { microphone: "", speaker: "" };
  }
}
