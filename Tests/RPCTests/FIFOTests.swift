import RPC
import Testing

@Suite struct FIFOTests {
  private final class Token {}

  @Test("What is taken out is let go while others stay")
  func letsGo() {
    var queue = FIFO<Token>()
    weak var first: Token?
    do {
      let token = Token()
      first = token
      queue.append(token)
      queue.append(Token())
    }
    #expect(first != nil)
    _ = queue.popFirst()
    #expect(first == nil)
    #expect(queue.count == 1)
  }

  @Test("It gives back what it got in order, whatever the turns", arguments: 0..<8 as Range<Int>)
  func order(lag: Int) {
    var queue = FIFO<Int>()
    var expected: [Int] = []
    var taken: [Int] = []
    for number in 0..<500 {
      queue.append(number)
      if number % 100 != 13 { expected.append(number) }
      if number % 100 == 13 { queue.removeAll { $0 == number } }
      if queue.count > lag * 20, let element = queue.popFirst() { taken.append(element) }
    }
    #expect(queue.count == expected.count - taken.count)
    taken += queue.takeAll()
    #expect(taken == expected)
    #expect(queue.isEmpty)
    #expect(queue.popFirst() == nil)
  }
}
