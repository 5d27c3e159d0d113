#ifndef CLIENT_NODE_DESCRIPTORS_H
#define CLIENT_NODE_DESCRIPTORS_H

#include <stdint.h>

/*
 * How many files and sockets the system lets this process have open at a time,
 * after asking for as many as may be asked for.
 */
uint32_t descriptors_raise(void);

#endif
