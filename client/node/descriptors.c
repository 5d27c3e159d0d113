#include "client/node/descriptors.h"

#include <sys/resource.h>

enum { USUAL = 1024, MORE_THAN_EVER = 1 << 20 };

uint32_t
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return USUAL;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit more = {limit.rlim_max, limit.rlim_max};

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			limit = more; /* else it stays as it is */
	}
	/* Also of one that has no limit. */
	return limit.rlim_cur < MORE_THAN_EVER ? (uint32_t)limit.rlim_cur
					       : MORE_THAN_EVER;
}
