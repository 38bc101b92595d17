"""The modules Asterisk loads: these and no others. A dependency is named beside what needs it."""

from __future__ import annotations

from asterisk_conf.plan import PlanError

REQUIRED = (
    # the ground
    "res_timing_timerfd",
    "pbx_config",
    "res_crypto",
    # SIP, media
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_pjproject",
    "res_pjsip",
    "res_pjsip_session",
    "res_pjsip_sdp_rtp",
    "res_pjsip_acl",
    "res_pjsip_authenticator_digest",
    "res_pjsip_caller_id",
    "res_pjsip_dtmf_info",
    "res_pjsip_header_funcs",  # a supervisor's telephone answers by itself
    "res_pjsip_endpoint_identifier_anonymous",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_nat",
    "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_outbound_registration",
    "res_pjsip_registrar",
    "res_pjsip_rfc3326",
    "res_http_websocket",
    "res_pjsip_pubsub",  # chan_pjsip
    "res_pjsip_transport_websocket",
    "res_rtp_asterisk",
    "res_srtp",
    "chan_pjsip",
    # codecs and sound files
    "codec_alaw",
    "codec_ulaw",
    "codec_a_mu",
    "codec_g722",
    "codec_resample",
    "format_pcm",
    "format_sln",
    "format_wav",
    # joining two callers
    "bridge_simple",
    "bridge_native_rtp",
    "bridge_holding",
    "bridge_softmix",
    # REST interface
    "res_stasis",
    "res_stasis_answer",
    "res_stasis_playback",
    "res_stasis_recording",
    "res_stasis_snoop",
    "res_ari",
    "res_ari_model",
    "res_ari_applications",
    "res_ari_asterisk",
    "res_ari_bridges",
    "res_ari_channels",
    "res_ari_endpoints",
    "res_ari_events",
    "res_ari_playbacks",
    "res_ari_recordings",
    "app_stasis",
    # the dialplan
    "res_speech",  # res_agi
    "res_agi",
    "res_musiconhold",
    "func_cut",  # func_periodic_hook
    "func_uri",  # func_periodic_hook
    "app_chanspy",  # func_periodic_hook
    "func_periodic_hook",  # app_mixmonitor
    "app_mixmonitor",
    "app_celgenuserevent",
    "app_playback",
    "app_queue",
    "app_stack",
    "func_callerid",
    "func_cdr",
    "func_channel",
    "func_dialplan",
    "func_global",
    "func_groupcount",
    "func_logic",
    "func_module",
    "func_strings",
    "func_timeout",
    # what happened
    "cdr_custom",
    "cel_custom",
)

WHERE_THERE_IS = (
    "res_cdrel_custom",  # cdr_custom and cel_custom lean on it from Asterisk 22.8 on
    "res_websocket_client",  # res_ari leans on it from Asterisk 22.5 on
    "res_format_attr_opus",
    "codec_opus_open_source",  # Debian's name
    "codec_opus",
)
"""Loaded when this Asterisk has them."""


def needed(available: frozenset[str]) -> tuple[str, ...]:
    """Return the modules to load; raise `PlanError` when the Asterisk at hand lacks a required one."""
    missing = [name for name in REQUIRED if name not in available]
    if missing:
        raise PlanError(f"This Asterisk lacks {', '.join(missing)}")
    optional = tuple(name for name in WHERE_THERE_IS if name in available)
    return (*optional, *REQUIRED)
