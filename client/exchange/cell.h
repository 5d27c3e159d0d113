#ifndef CLIENT_EXCHANGE_CELL_H
#define CLIENT_EXCHANGE_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * A cell that holds the elements of a set: texts with `|` between them. A bar
 * that is part of an element is written \|. Backslashes mean something in
 * front of a bar and at the end of the cell only: there, two stand for one, so
 * that an element may end in one; anywhere else they are themselves. What
 * cell_put_element() wrote cell_next_element() reads back byte for byte.
 */

/* Writes one element; `first` of its cell. */
void cell_put_element(FILE *out, const char *text, size_t size, bool first);

/*
 * Takes the next element, escapes undone, into `out` (room for `*size` bytes
 * and a NUL) and moves *cell and *size behind it. Returns its size. Call while
 * *cell is not NULL; after the last element it is.
 */
size_t cell_next_element(const char **cell, size_t *size, char *out);

#endif
