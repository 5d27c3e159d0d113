#ifndef CLIENT_NODE_FOLDER_H
#define CLIENT_NODE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/text/text.h"

/* The path of a file in a folder; malloc'ed. */
char *folder_file(const char *dir, const char *name);
bool folder_has(const char *dir, const char *name);

/* Writes all of it, or is false with errno. */
bool file_write_all(int fd, const uint8_t *bytes, size_t size);

/*
 * Makes the folder and its parents (0700) for a new node. EXIT_AMBIGUOUS when
 * it holds a node already: nothing is overwritten.
 */
bool folder_make(const char *dir, struct problem *problem);

/*
 * The node's folder: `dir` when given, ROADBOOK_DIR, $XDG_DATA_HOME/roadbook,
 * ~/.local/share/roadbook; malloc'ed.
 */
char *folder_of_node(const char *dir);

#endif
