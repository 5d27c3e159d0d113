#include "proto/status.h"

const char *
status_text(enum status status)
{
	switch (status) {
	case STATUS_OK:
		return "done";
	case STATUS_AGAIN:
		return "incomplete";
	case STATUS_ABSENT:
		return "not there";
	case STATUS_MALFORMED:
		return "malformed";
	case STATUS_FORGED:
		return "not genuine";
	case STATUS_REFUSED:
		return "refused";
	case STATUS_FAILED:
		return "the disk or the system failed";
	}
	return "unknown status";
}
