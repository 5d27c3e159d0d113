#ifndef CLIENT_PAGE_LATE_HTTPD_H
#define CLIENT_PAGE_LATE_HTTPD_H

#include "client/text/text.h"

/*
 * libmicrohttpd, loaded when a page is to be served: with what it brings along
 * (GnuTLS and all that stands behind it) it would be more than a third of the
 * time that a command takes to start. The functions of its header that are used
 * here are defined in late_httpd.c, and lead into it; before late_httpd_load()
 * none may be called.
 *
 * False with *problem when it is not there. Later calls do nothing.
 */
bool late_httpd_load(struct problem *problem);

#endif
