// A line to the hotline: what the server gives a browser, and JsSIP set up with it.

import { UA, WebSocketInterface } from "jssip";

import type { Line } from "./state.ts";

/** What the server gives a browser to register with; kept nowhere but in memory. */
export interface Credentials {
  name: string;
  password: string;
  socket: string;
}

const DOMAIN = "hotline.invalid";
export const MEDIA: RTCConfiguration = { iceServers: [], rtcpMuxPolicy: "require" };
const REGISTER_S = 600;
const TAKEN = 4409;
const OVER = [4401, 1008];

/** Return the SIP address of a number or a telephone here. */
export function at(user: string): string {
  return `sip:${user}@${DOMAIN}`;
}

/** Return what registers, once it is started, and opens a line that broke again by itself. */
export function registering({ name, password, socket }: Credentials): UA {
  return new UA({
    sockets: [new WebSocketInterface(new URL(socket, location.href.replace(/^http/, "ws")).href)],
    uri: at(name),
    authorization_user: name,
    password,
    register: true,
    register_expires: REGISTER_S,
    session_timers: false,
    user_agent: "hotline",
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 10,
  });
}

/** Return what has become of a line that the server closed with this code (`softphone_ui/lines.py`). */
export function closedBy(code: number): Line {
  if (code === TAKEN) return "taken";
  return OVER.includes(code) ? "over" : "lost";
}
