// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/wake_event.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

namespace aisle::io {

wake_event::wake_event() : fd_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {}

wake_event::~wake_event() {
  if (fd_ >= 0) ::close(fd_);
}

void wake_event::set() const {
  if (fd_ >= 0) ::eventfd_write(fd_, 1);
}

void wake_event::clear() const {
  eventfd_t was_set = 0;
  if (fd_ >= 0) ::eventfd_read(fd_, &was_set);
}

}  // namespace aisle::io
