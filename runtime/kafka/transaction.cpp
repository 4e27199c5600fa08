// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/transaction.hpp"

namespace aisle::kafka {
namespace {

using state = txn_state;
using event = txn_event;

state behind(event success) {
  switch (success) {
    case event::created:
      return state::initialising;
    case event::initialised:
    case event::committed:
      return state::ready;
    case event::begun:
      return state::open;
    case event::sealed:
      return state::committing;
    default:
      return state::none;
  }
}

}  // namespace

void transaction::go(txn_event done) {
  base::check(done < event::retriable, "an error is met, not gone by");
  if (machine_.expects(done)) {
    machine_.go(done, behind(done));
  }
}

verdict transaction::meet(txn_event error) {
  base::check(error >= event::retriable, "what is no error is not met");
  if (!machine_.expects(error)) {
    return verdict::again;
  }
  machine_.go(error, error == event::retriable ? state() : state::none);
  switch (error) {
    case event::retriable:
      return verdict::again;
    case event::fenced:
      return verdict::lost;
    case event::hopeless:
      return verdict::refused;
    default:
      return verdict::take_over;
  }
}

}  // namespace aisle::kafka
