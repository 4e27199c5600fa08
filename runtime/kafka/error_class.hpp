// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/kafka/transaction.hpp"

namespace aisle::kafka {

/// What a transactional call of librdkafka says about its error.
struct txn_error {
  /// An rd_kafka_resp_err_t; of a fatal error, the one that is behind it.
  int code = 0;
  bool retriable = false;
  bool requires_abort = false;
  bool fatal = false;
};

/// The class of an error. Codes come first, because librdkafka calls a fenced producer fatal, and
/// an operation that is not allowed abortable. What has no class is fatal: something is not as we
/// think, and a new producer knows nothing of it.
[[nodiscard]] txn_event class_of(const txn_error& error);

}  // namespace aisle::kafka
