#include "sync/address.h"

#include <dirent.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "sync/link.h"

enum { BACKLOG = 4096 };

static const char tcp_scheme[] = "tcp://";
static const char ipc_scheme[] = "ipc://";

bool
address_local(const char *url)
{
	return strncmp(url, ipc_scheme, sizeof ipc_scheme - 1) == 0;
}

/* The port of tcp://HOST:PORT; -1 when it is not such an address. */
static int
url_port(const char *url)
{
	const char *host = url + sizeof tcp_scheme - 1;
	const char *colon = strrchr(url, ':');
	int port = 0;

	if (strncmp(url, tcp_scheme, sizeof tcp_scheme - 1) != 0 ||
		colon <= host || colon[1] == '\0')
		return -1;
	for (const char *digit = colon + 1; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return -1;
		port = port * 10 + *digit - '0';
		if (port > UINT16_MAX)
			return -1;
	}
	return port;
}

bool
address_valid(const char *url, int port_min)
{
	size_t size = strlen(url);

	if (size >= LINK_URL_MAX)
		return false;
	if (address_local(url))
		return size > sizeof ipc_scheme - 1 &&
			size - (sizeof ipc_scheme - 1) <
			sizeof((struct sockaddr_un *)0)->sun_path;
	/* Any port has to have room. */
	return url_port(url) >= port_min &&
		(size_t)(strrchr(url, ':') - url) + sizeof ":65535" <=
		LINK_URL_MAX;
}

/* Whether `fd` listens for this ipc:// path, or else for this port. */
static bool
is_listening(int fd, const char *url, int port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} at = {0};
	socklen_t size = sizeof at;
	socklen_t on_size = sizeof(int);
	int on = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &on_size) != 0 ||
		!on || getsockname(fd, &at.any, &size) != 0)
		return false;
	if (at.any.sa_family == AF_INET)
		return ntohs(at.in.sin_port) == port;
	if (at.any.sa_family == AF_INET6)
		return ntohs(at.in6.sin6_port) == port;
	return at.any.sa_family == AF_UNIX && address_local(url) &&
		strcmp(at.un.sun_path, url + sizeof ipc_scheme - 1) == 0;
}

/*
 * nng has no option for the backlog, and no call that names its descriptor;
 * but listening again on that descriptor changes it. Where there is no /proc
 * a crowd waits longer, that is all.
 */
void
address_raise_backlog(const char *url, int port)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	while (folder && (entry = readdir(folder)) != NULL) {
		char *rest_of_name;
		int fd = (int)strtol(entry->d_name, &rest_of_name, 10);

		if (*rest_of_name == '\0' && is_listening(fd, url, port))
			(void)listen(fd, BACKLOG); /* stays as it was */
	}
	if (folder)
		(void)closedir(folder); /* only read */
}

void
address_with_port(char *out, const char *url, int port)
{
	int host_size = (int)(strrchr(url, ':') - url);

	if (address_local(url))
		(void)snprintf(out, LINK_URL_MAX, "%s", url);
	else
		(void)snprintf(
			out, LINK_URL_MAX, "%.*s:%d", host_size, url, port);
}
