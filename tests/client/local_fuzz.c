/* Any bytes as another process' command: never a crash, never a read too far.
 */

#include <stdlib.h>

#include "client/node/local.h"
#include "sync/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct local_request request = {0};
	struct arena arena = {0};

	if (local_request_decode(&arena, bytes, size, &request) &&
		(!request.cwd || request.argc < 1 ||
			request.argv[request.argc] != NULL))
		abort();
	arena_clear(&arena);
	return 0;
}
