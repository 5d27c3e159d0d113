#ifndef CLIENT_PAGE_FILES_H
#define CLIENT_PAGE_FILES_H

#include <stddef.h>

/* The files of client/page/dist, in the program: made by files.cmake. */
struct page_file {
	const char *path; /* "/app.js" */
	const char *type; /* of HTTP: "text/javascript; charset=utf-8" */
	const unsigned char *bytes;
	size_t size;
};

/* A file without path ends them. */
extern const struct page_file page_files[];

#endif
