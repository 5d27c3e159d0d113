#ifndef PROTO_STATUS_H
#define PROTO_STATUS_H

#define MUST_USE __attribute__((warn_unused_result))

/*
 * How a call ended, named for what the caller does next. A code earns its
 * place here when some caller acts differently on it; a cause that only a
 * person would read travels as text beside it.
 */
enum status {
	STATUS_OK = 0,
	STATUS_AGAIN,  /* too little so far: call again with more, or later */
	STATUS_ABSENT, /* not there, which may be fine */
	STATUS_MALFORMED, /* breaks the format: drop the peer */
	STATUS_FORGED,    /* not signed by its author: drop and tell the user */
	STATUS_REFUSED,   /* well formed, but the rules do not allow it */
	STATUS_FAILED,    /* disk or system refused: stop */
};

/* A short English phrase for messages, never NULL. */
const char *status_text(enum status status);

#endif
