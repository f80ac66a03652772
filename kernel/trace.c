// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints of trace.h enter, the code that is behind them leaves.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"
