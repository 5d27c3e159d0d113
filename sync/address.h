#ifndef SYNC_ADDRESS_H
#define SYNC_ADDRESS_H

#include <stdbool.h>

/*
 * The addresses of sync/link.h: tcp://HOST:PORT and ipc://PATH. Knows sockets,
 * and no library that uses them.
 */

/* Whether `url` is one, with a port of `port_min` or more. */
bool address_valid(const char *url, int port_min);

/* ipc:// and not tcp://. */
bool address_local(const char *url);

/* Writes `url` with this port, if it has one, to LINK_URL_MAX bytes. */
void address_with_port(char *out, const char *url, int port);

/*
 * Lets a crowd queue up at the socket of this process that listens at `url`,
 * bound to `port`, and not 128 as nng has it, which makes a crowd wait for
 * seconds.
 */
void address_raise_backlog(const char *url, int port);

#endif
