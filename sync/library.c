#include "sync/library.h"

#include <dlfcn.h>
#include <string.h>

bool
library_load(const char *name, const char *const *names, size_t count,
	void *functions)
{
	void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	unsigned char *at = functions;
	bool found = library;

	for (size_t i = 0; found && i < count; i++) {
		void *symbol = dlsym(library, names[i]);

		found = symbol;
		memcpy(at + i * sizeof symbol, &symbol, sizeof symbol);
	}
	return found;
}
