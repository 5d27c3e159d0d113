#include "sync/link.h"

const char link_reason_unreachable[] = "cannot be reached";
const char link_reason_closed[] = "the other side hung up";
const char link_reason_too_long[] = "sent a frame of a size not allowed";
const char link_reason_silent[] = "gave no sign of life in time";
const char link_reason_crowded[] = "too many strangers at once";
const char link_reason_overrun[] = "does not take what is sent to it";
const char link_reason_replaced[] =
	"a newer session of the device took its place";
