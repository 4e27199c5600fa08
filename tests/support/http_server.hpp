// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aisle::test_support {

/// A request as it came; header names in lower case.
struct http_request {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;
  std::string body;
};

/// What a server can do with a request.
enum class http_way : std::uint8_t {
  /// Answers with status, headers and body.
  answer,
  /// Resets the connection instead of an answer.
  reset,
  /// Sends the head of an answer that announces a body, half of the body, and resets.
  reset_within,
  /// Says nothing for as long as the client waits.
  hang,
  /// Sends an answer that never ends, header after header, as fast as the client reads.
  endless_headers,
  /// Sends one byte of a header every few milliseconds, for as long as the client waits.
  drip,
  /// Sends bytes that are no HTTP.
  garbage,
  /// Sends the status, and then a body that never ends.
  endless_body,
};

/// What the server does with one request.
struct http_reply {
  http_way way = http_way::answer;
  int status = 200;
  std::vector<std::string> headers{};
  std::string body{};
};

/// A real HTTP/1.1 server on 127.0.0.1 that misbehaves as it is told: plain sockets, a thread per
/// connection.
class http_server {
 public:
  /// Says what to do with the n-th request, from 0. Called by the server's threads, one at a time.
  using script = std::function<http_reply(const http_request& request, std::size_t n)>;

  /// Has a port from now on, and takes connections from `open` on: before, they are refused.
  explicit http_server(script what_to_do);
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  void open();
  /// `http://127.0.0.1:PORT`
  [[nodiscard]] std::string origin() const;
  /// All whole requests so far, in the order in which they came.
  [[nodiscard]] std::vector<http_request> requests() const;

 private:
  void accept_all(const std::stop_token& stop);
  void serve(const std::stop_token& stop, int connection);
  [[nodiscard]] http_reply take(http_request request);

  script what_to_do_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<http_request> requests_;
  std::vector<std::jthread> connections_;
  std::jthread accepting_;
};

}  // namespace aisle::test_support
