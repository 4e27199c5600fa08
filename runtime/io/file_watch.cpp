// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/file_watch.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <sys/inotify.h>
#include <sys/poll.h>
#include <unistd.h>

namespace aisle::io {

file_watch::file_watch() : fd_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)}, complete_{fd_ >= 0} {}

file_watch::~file_watch() {
  if (fd_ >= 0) ::close(fd_);
}

bool file_watch::add(const std::filesystem::path& file) {
  const bool added = fd_ >= 0 && ::inotify_add_watch(fd_, file.c_str(), IN_MODIFY) >= 0;
  complete_ = complete_ && added;
  return added;
}

bool file_watch::add(std::shared_ptr<const wake_event> event) {
  const bool added = event->descriptor() >= 0;
  complete_ = complete_ && added;
  if (added) events_.push_back(std::move(event));
  return added;
}

bool file_watch::wait(base::duration at_most) {
  // poll leaves out a negative descriptor, so without inotify this is a plain wait.
  std::vector<pollfd> about{{.fd = fd_, .events = POLLIN, .revents = 0}};
  for (const auto& event : events_) {
    about.push_back({.fd = event->descriptor(), .events = POLLIN, .revents = 0});
  }
  const auto ms = std::clamp<std::int64_t>(at_most.count(), 0, std::numeric_limits<int>::max());
  if (::poll(about.data(), about.size(), static_cast<int>(ms)) <= 0) return false;
  // What happened does not matter, only that something did: the queue is emptied.
  std::array<char, 4096> events;
  while (::read(fd_, events.data(), events.size()) > 0) {
  }
  for (const auto& event : events_) {
    event->clear();
  }
  return true;
}

}  // namespace aisle::io
