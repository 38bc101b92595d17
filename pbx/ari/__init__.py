"""Asterisk's REST interface (ARI): requests and events over one WebSocket, typed at once.

`wire` is text, `events` are values, `client` is the connection.

* AriError
  x Unreachable   no answer in time, or the connection broke: nothing is known about what happened
  x Refused       Asterisk answered no; `status` is as in HTTP
    x Gone        there is no such channel, bridge, playback … (any more)
* Garbage         a frame is not what Asterisk sends
"""
