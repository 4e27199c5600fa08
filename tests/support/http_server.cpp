// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http_server.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aisle::test_support {
namespace {

constexpr int look_every_ms = 20;

/// True when there is something to read, or the other side is gone; false when asked to stop.
bool wait_for_bytes(int socket, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd one{.fd = socket, .events = POLLIN, .revents = 0};
    if (::poll(&one, 1, look_every_ms) > 0) return true;
  }
  return false;
}

/// False when the other side is gone or the server stops.
bool send_all(int socket, std::string_view bytes, const std::stop_token& stop) {
  while (!bytes.empty()) {
    pollfd one{.fd = socket, .events = POLLOUT, .revents = 0};
    if (stop.stop_requested()) return false;
    if (::poll(&one, 1, look_every_ms) <= 0) continue;
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// The next close sends a reset.
void close_with_reset(int socket) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

std::string lower(std::string_view text) {
  std::string made{text};
  std::ranges::transform(made, made.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

/// Takes a whole request out of the bytes, if there is one.
std::optional<http_request> take_request(std::string& bytes) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos) return std::nullopt;
  http_request made;
  std::string_view head{bytes.data(), head_end};
  const auto first = head.substr(0, head.find("\r\n"));
  made.method = first.substr(0, first.find(' '));
  made.path = first.substr(made.method.size() + 1, first.rfind(' ') - made.method.size() - 1);
  head.remove_prefix(std::min(head.size(), first.size() + 2));
  while (!head.empty()) {
    const auto line = head.substr(0, head.find("\r\n"));
    const auto colon = line.find(':');
    made.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    head.remove_prefix(std::min(head.size(), line.size() + 2));
  }
  const auto length = made.headers.find("content-length");
  const auto size = length == made.headers.end() ? 0 : std::stoul(length->second);
  if (bytes.size() < head_end + 4 + size) return std::nullopt;
  made.body = bytes.substr(head_end + 4, size);
  bytes.erase(0, head_end + 4 + size);
  return made;
}

std::string head_of(const http_reply& reply, std::size_t body_bytes) {
  auto head = fmt::format("HTTP/1.1 {} Said\r\nContent-Length: {}\r\n", reply.status, body_bytes);
  for (const auto& header : reply.headers) {
    head += header + "\r\n";
  }
  return head + "\r\n";
}

/// True when the connection can be used again.
bool carry_out(int socket, const http_reply& reply, const std::stop_token& stop) {
  using way = http_way;
  switch (reply.way) {
    case way::answer:
      return send_all(socket, head_of(reply, reply.body.size()) + reply.body, stop);
    case way::reset:
      close_with_reset(socket);
      return false;
    case way::reset_within:
      send_all(socket, head_of(reply, 100) + std::string(50, 'x'), stop);
      close_with_reset(socket);
      return false;
    case way::hang:
      wait_for_bytes(socket, stop);
      return false;
    case way::garbage:
      send_all(socket, std::string("\x16\x03\x01\0\xFF no HTTP\r\n\r\n", 18), stop);
      return false;
    case way::drip:
      send_all(socket, "HTTP/1.1 200 OK\r\nX-Long: ", stop);
      while (send_all(socket, "x", stop)) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
      }
      return false;
    case way::endless_headers:
      send_all(socket, "HTTP/1.1 200 OK\r\n", stop);
      while (send_all(socket, "X-More: " + std::string(1000, 'x') + "\r\n", stop)) {
      }
      return false;
    case way::endless_body:
      send_all(socket, fmt::format("HTTP/1.1 {} Said\r\n\r\n", reply.status), stop);
      while (send_all(socket, std::string(10'000, 'x'), stop)) {
      }
      return false;
  }
  return false;
}

}  // namespace

http_server::http_server(script what_to_do) : what_to_do_{std::move(what_to_do)} {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(listener_ >= 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  REQUIRE(::bind(listener_, address, size) == 0);
  REQUIRE(::getsockname(listener_, address, &size) == 0);
  port_ = ::ntohs(at.sin_port);
}

http_server::~http_server() {
  accepting_ = {};
  connections_.clear();
  ::close(listener_);
}

void http_server::open() {
  REQUIRE(::listen(listener_, 16) == 0);
  accepting_ = std::jthread{[this](const std::stop_token& stop) { accept_all(stop); }};
}

std::string http_server::origin() const { return fmt::format("http://127.0.0.1:{}", port_); }

std::vector<http_request> http_server::requests() const {
  const std::lock_guard lock{mutex_};
  return requests_;
}

void http_server::accept_all(const std::stop_token& stop) {
  while (wait_for_bytes(listener_, stop)) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    connections_.emplace_back(
        [this, connection](const std::stop_token& asked) { serve(asked, connection); });
  }
}

void http_server::serve(const std::stop_token& stop, int connection) {
  std::string bytes;
  for (bool open = true; open && wait_for_bytes(connection, stop);) {
    std::string more(64UL << 10, '\0');
    const auto got = ::recv(connection, more.data(), more.size(), 0);
    if (got <= 0) break;
    bytes.append(more, 0, static_cast<std::size_t>(got));
    while (open) {
      auto request = take_request(bytes);
      if (!request) break;
      open = carry_out(connection, take(*std::move(request)), stop);
    }
  }
  ::close(connection);
}

http_reply http_server::take(http_request request) {
  const std::lock_guard lock{mutex_};
  requests_.push_back(std::move(request));
  return what_to_do_(requests_.back(), requests_.size() - 1);
}

}  // namespace aisle::test_support
