/**
 * The telephone in the browser: one line to the hotline, at most one call. What happens is told to `onChange`;
 * `state` has everything a page shows, and `CAN` which buttons work.
 */

import { C, type UA } from "jssip";
import type { EndEvent, IceCandidateEvent, PeerConnectionEvent, RTCSession } from "jssip/lib/RTCSession";
import type { DisconnectEvent, RTCSessionEvent } from "jssip/lib/UA";
import { at, type Credentials, closedBy, MEDIA, registering } from "./line.ts";
import { answersItself, dialable, pauseBefore } from "./manners.ts";
import { Quality } from "./mos.ts";
import { microphone, Ring } from "./sound.ts";
import { AT_FIRST, CAN, type Ended, type Line, type State, why } from "./state.ts";

/** JsSIP registers again half a minute before the time is up; a hidden tab's timers may be a minute late. */
const REFRESH_MS = 200_000;
const LOOK_MS = 2000;
const DROPPED_MS = 12_000;
const KEYS = { transportType: C.DTMF_TRANSPORT.RFC2833, duration: 120, interToneGap: 80 };

export class Phone {
  state: State = AT_FIRST;
  readonly ring = new Ring();
  readonly audio = new Audio();
  /** What is heard, and what is said; for meters. */
  heard: MediaStream | null = null;
  said: MediaStream | null = null;
  private agent: UA | null = null;
  private session: RTCSession | null = null;
  private microphone = "";
  private failures = 0;
  private turn = 0;
  private refreshing: ReturnType<typeof setInterval> | undefined;
  private again: ReturnType<typeof setTimeout> | undefined;
  private dropped: ReturnType<typeof setTimeout> | undefined;
  private looking: ReturnType<typeof setInterval> | undefined;
  private quality = new Quality();

  constructor(
    private readonly credentials: () => Promise<Credentials>,
    private readonly onChange: (state: State) => void,
  ) {
    this.audio.autoplay = true;
  }

  /** Register, and stay so until `stop`. */
  async start(): Promise<void> {
    const turn = this.leaves();
    this.becomes({ line: "connecting" });
    try {
      const given = await this.credentials();
      if (turn === this.turn) this.begin(given);
    } catch {
      if (turn === this.turn) this.retry();
    }
  }

  /** Hang up, unregister, and stay away. */
  stop(line: Line = "off"): void {
    this.hangUp();
    this.leaves();
    this.becomes({ line });
  }

  async call(number: string): Promise<void> {
    const agent = this.agent;
    if (!agent || this.state.line !== "ready" || !CAN[this.state.talk].call) return;
    const wanted = dialable(number);
    this.becomes({ talk: "dialling", number: wanted, ended: null, ringsThere: false });
    const stream = await this.speak();
    if (stream && this.state.talk === "dialling") {
      agent.call(at(wanted), { mediaStream: stream, pcConfig: MEDIA });
    }
  }

  async answer(): Promise<void> {
    const session = this.session;
    if (!session || !CAN[this.state.talk].answer) return;
    this.ring.stop();
    const stream = await this.speak();
    if (stream && session === this.session) session.answer({ mediaStream: stream, pcConfig: MEDIA });
  }

  hangUp(): void {
    if (this.session && !this.session.isEnded()) {
      this.session.terminate(this.state.talk === "ringing" ? { status_code: 486 } : {});
    } else if (this.state.talk === "dialling") {
      this.over("hung-up");
    }
  }

  mute(muted: boolean): void {
    if (!this.session || !CAN[this.state.talk].mute) return;
    if (muted) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
    this.becomes({ muted });
  }

  /** Press keys; they go out as events in the voice stream (RFC 4733), one after another. */
  press(keys: string): void {
    const tones = dialable(keys);
    if (!tones || !this.session || !CAN[this.state.talk].keys) return;
    this.session.sendDTMF(tones, KEYS);
  }

  /** Use other devices from now on, also in a conversation; an empty name is the system's choice. */
  async useHeadset(microphoneId: string, speakerId: string): Promise<void> {
    this.microphone = microphoneId;
    if ("setSinkId" in this.audio) await this.audio.setSinkId(speakerId);
    await this.ring.useSpeaker(speakerId);
    if (!this.said) return;
    const stream = await microphone(microphoneId);
    const track = stream.getAudioTracks()[0] ?? null;
    if (track) track.enabled = !this.state.muted;
    const connection: RTCPeerConnection | null = this.session?.connection ?? null;
    await Promise.all((connection?.getSenders() ?? []).map((sender) => sender.replaceTrack(track)));
    this.silence();
    this.said = stream;
    this.becomes({});
  }

  private begin(given: Credentials): void {
    const agent = registering(given);
    const mine =
      <Event>(act: (event: Event) => void) =>
      (event: Event) => {
        if (agent === this.agent) act(event);
      };
    agent.on(
      "registered",
      mine(() => this.isReady()),
    );
    agent.on(
      "registrationFailed",
      mine(() => this.refused()),
    );
    agent.on(
      "disconnected",
      mine((event: DisconnectEvent) => this.isLost(event.code ?? 0)),
    );
    agent.on(
      "newRTCSession",
      mine(({ session, request }: RTCSessionEvent) => this.has(session, request.getHeader("Call-Info"))),
    );
    this.agent = agent;
    this.refreshing = setInterval(() => agent.isRegistered() && agent.register(), REFRESH_MS);
    agent.start();
  }

  private isReady(): void {
    this.failures = 0;
    this.becomes({ line: "ready" });
  }

  /** The line broke; JsSIP opens it again and registers, and a conversation goes on meanwhile. */
  private isLost(code: number): void {
    const line = closedBy(code);
    if (line === "lost") this.becomes({ line });
    else this.stop(line);
  }

  /** Asterisk does not know us (any more): begin anew with another password. */
  private refused(): void {
    this.leaves();
    this.retry();
  }

  /** Give the line up; return the number of the turn that begins, so that what was asked before counts no more. */
  private leaves(): number {
    clearTimeout(this.again);
    clearInterval(this.refreshing);
    const agent = this.agent;
    this.agent = null;
    agent?.stop();
    return ++this.turn;
  }

  private retry(): void {
    this.becomes({ line: "lost" });
    this.again = setTimeout(() => void this.start(), pauseBefore(this.failures++));
  }

  private async speak(): Promise<MediaStream | null> {
    try {
      this.said = await microphone(this.microphone);
      return this.said;
    } catch {
      if (this.session) this.session.terminate({ status_code: 480 });
      this.over("no-microphone");
      return null;
    }
  }

  private has(session: RTCSession, callInfo: string | undefined): void {
    const incoming = session.direction === "incoming";
    if (incoming && this.state.talk !== "idle") {
      session.terminate({ status_code: 486 });
      return;
    }
    this.session = session;
    const mine =
      <Event>(act: (event: Event) => void) =>
      (event: Event) => {
        if (session === this.session) act(event);
      };
    session.on(
      "progress",
      mine((_event: unknown) => this.becomes({ ringsThere: true })),
    );
    session.on(
      "accepted",
      mine((_event: unknown) => this.talks()),
    );
    session.on(
      "ended",
      mine(() => this.over("hung-up")),
    );
    session.on(
      "failed",
      mine((event: EndEvent) => this.over(why(event.cause))),
    );
    session.on(
      "icecandidate",
      mine((event: IceCandidateEvent) => event.ready()),
    );
    session.on(
      "peerconnection",
      mine((event: PeerConnectionEvent) => this.hears(event.peerconnection)),
    );
    if (session.connection) this.hears(session.connection);
    if (incoming) this.rings(session, callInfo);
  }

  private rings(session: RTCSession, callInfo: string | undefined): void {
    const number = dialable(String(session.remote_identity?.uri?.user ?? ""));
    this.becomes({ talk: "ringing", number, ended: null, ringsThere: false });
    if (answersItself(callInfo)) void this.answer();
    else this.ring.start();
  }

  private hears(connection: RTCPeerConnection): void {
    connection.addEventListener("track", (event) => {
      this.heard = event.streams[0] ?? new MediaStream([event.track]);
      this.audio.srcObject = this.heard;
      this.becomes({});
    });
    connection.addEventListener("iceconnectionstatechange", () => this.watch(connection));
  }

  /** When nothing comes through for a while the conversation is over, even if nobody could tell us. */
  private watch(connection: RTCPeerConnection): void {
    clearTimeout(this.dropped);
    if (connection.iceConnectionState === "failed") this.breaks();
    if (connection.iceConnectionState === "disconnected") {
      this.dropped = setTimeout(() => this.breaks(), DROPPED_MS);
    }
  }

  private breaks(): void {
    const session = this.session;
    this.over("broken");
    if (session && !session.isEnded()) session.terminate();
  }

  private talks(): void {
    this.ring.stop();
    this.becomes({ talk: "talking", since: Date.now(), ringsThere: false });
    this.quality = new Quality();
    this.looking = setInterval(() => void this.look(), LOOK_MS);
  }

  private over(ended: Ended): void {
    if (this.state.talk === "idle") return;
    this.session = null;
    this.ring.stop();
    clearInterval(this.looking);
    clearTimeout(this.dropped);
    this.silence();
    this.said = this.heard = this.audio.srcObject = null;
    this.becomes({ talk: "idle", since: null, muted: false, mos: null, ringsThere: false, ended });
  }

  private silence(): void {
    for (const track of this.said?.getTracks() ?? []) track.stop();
  }

  private async look(): Promise<void> {
    const session = this.session;
    const mos = session?.connection ? await this.quality.of(session.connection) : null;
    if (session && session === this.session) this.becomes({ mos });
  }

  private becomes(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    this.onChange(this.state);
  }
}
