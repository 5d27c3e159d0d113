#ifndef CLIENT_PAGE_PAGE_H
#define CLIENT_PAGE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/node/local.h"
#include "client/node/node.h"

/*
 * The page of a node that runs: HTTP on loopback alone (libmicrohttpd), driven
 * by the node's own loop, so that requests are answered one after the other on
 * the node's one thread, as commands are. Nothing of it ever asks another host
 * for anything.
 *
 * client/page/access.h says who may talk to it, client/page/route.h what it
 * answers; everything outside of /api/ is a file of client/page/dist, which is
 * in the program.
 */
struct page;

struct page_options {
	struct node *node;
	uint16_t port;  /* 0: the system picks */
	local_run *run; /* answers a command line */
	void *run_self;
};

/* NULL with *problem when the port, or libmicrohttpd, cannot be had. */
struct page *page_new(
	const struct page_options *options, struct problem *problem);
void page_free(struct page *page); /* NULL is fine */

/* Readable when page_turn() has something to do. */
int page_descriptor(const struct page *page);

/*
 * Answers what came, and tells the open pages if something changed. Returns
 * how long until it wants to be called again at the latest, in ms. `self` is
 * the page (client/node/serve.h calls it).
 */
int page_turn(void *self);

/* A fresh link that opens the page once: http://127.0.0.1:PORT/?t=… */
enum { PAGE_LINK_SIZE = 96 };
void page_link(struct page *page, char out[static PAGE_LINK_SIZE]);

/* The page that this process serves; NULL: none. */
struct page *page_current(void);

/*
 * Reads 127.0.0.1:PORT, localhost:PORT or PORT. False for anything else: no
 * other address reaches the page.
 */
bool page_read_address(
	const char *text, uint16_t *port, struct problem *problem);

#endif
