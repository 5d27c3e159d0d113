#include "client/node/peers_limits.h"

#include "client/node/peers_inside.h"

enum { NO_FIGURE = -1 };

static void
add(json_t *list, const char *name, const char *label, int64_t now,
	int64_t most)
{
	json_array_append_new(list,
		json_pack("{s:s, s:I, s:o, s:s}", "limit", name, "most",
			(json_int_t)most, "now",
			now < 0 ? json_null() : json_integer(now), "label",
			label));
}

/* What holds always. */
static void
add_fixed(json_t *list)
{
	static const struct {
		const char *name;
		int64_t most;
		const char *label;
	} fixed[] = {
		{"handshakes_kept", LIMITS_KEPT,
			N_("of those kept for addresses of this week")},
		{"handshakes_of_address", LIMITS_ADDRESS,
			N_("handshakes of an address")},
		{"handshakes_of_known_address", LIMITS_ADDRESS_KNOWN,
			N_("handshakes of an address of this week")},
		{"failures_per_second_of_address", LIMITS_CREDIT_PER_SECOND,
			N_("failed handshakes of an address, a second")},
		{"failures_per_second_of_unknown", LIMITS_UNKNOWN_PER_SECOND,
			N_("failed handshakes of unknown addresses, a "
			   "second")},
		{"handshake_ms", LIMITS_HANDSHAKE_MS,
			N_("time for a handshake, ms")},
		{"wait_ms", LIMITS_WAIT_MS, N_("wait for a handshake, ms")},
		{"handshake_message_bytes", LINK_FRAME_EARLY_MAX,
			N_("size of a handshake's message, bytes")},
		{"idle_ms", LINK_IDLE_MS, N_("silence of a session, ms")},
		{"stall_ms", LINK_STALL_MS,
			N_("time without reading its answers, ms")},
		{"unread_bytes", LINK_OUTBOUND_MAX,
			N_("unread bytes of a session")},
		{"unread_bytes_of_all", LINK_OUTBOUND_ALL_MAX,
			N_("unread bytes of all sessions")},
		{"sessions_of_device", LIMITS_DEVICE_SESSIONS,
			N_("sessions of a device")},
		{"pushed_mb_of_device", LIMITS_DEVICE_DAY_MB,
			N_("pushed by a device in a day, MB (hub quota)")},
	};

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		add(list, fixed[i].name, T(fixed[i].label), NO_FIGURE,
			fixed[i].most);
}

json_t *
peers_limits_json(const struct peers *peers)
{
	struct limits_figures f = {0};
	bool listens = peers && peers->limits;
	json_t *list = json_array();

	if (listens) {
		f = limits_look(peers->limits);
		add(list, "descriptors", T("descriptors"), NO_FIGURE,
			peers->descriptors);
		add(list, "sessions", T("sessions"), peers->sessions,
			peers->sessions_max);
		add(list, "strangers",
			T("connections before they proved who "
			  "they are"),
			(int64_t)f.silent + f.waiting + f.handshaking,
			peers->strangers_max);
	}
	add(list, "handshakes", T("handshakes at a time"),
		listens ? (int64_t)f.handshaking : NO_FIGURE,
		LIMITS_HANDSHAKES);
	add_fixed(list);
	return list;
}

json_t *
peers_counts_json(const struct peers *peers)
{
	struct limits_figures f = {0};

	if (peers && peers->limits)
		f = limits_look(peers->limits);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "arrived",
		(json_int_t)f.arrived, "proved", (json_int_t)f.proved, "failed",
		(json_int_t)f.failed, "not_ours", (json_int_t)f.not_ours,
		"turned_away",
		(json_int_t)(f.turned_away + (peers ? peers->full : 0)),
		"replaced", (json_int_t)(peers ? peers->replaced : 0));
}
