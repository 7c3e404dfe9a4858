/**
 * The same process as DBOS has it: a durable workflow over tables in the same PostgreSQL, decently done: one transaction
 * reserves both products (rows locked in the order of their ids), one step pays, one transaction confirms.
 */
import { DBOS } from '@dbos-inc/dbos-sdk'
import { Pool, type PoolClient } from 'pg'
import { createLedger } from '../../../apps/kit/src/payments/index.ts'
import { inProcessPayments } from '../../../apps/kit/src/payments/index.ts'
import { CUSTOMER, PRICE_CENTS, PRODUCTS, STOCK, type OrderLines, type Ordering } from './ordering.ts'

const CONNECTIONS = 20

export async function openDbosOrders(url: string): Promise<Ordering> {
  const pool = new Pool({ connectionString: url, max: CONNECTIONS })
  await pool.query(`
    CREATE TABLE products (id text PRIMARY KEY, on_hand int NOT NULL, reserved int NOT NULL CHECK (reserved <= on_hand));
    CREATE TABLE orders (id text PRIMARY KEY, customer jsonb NOT NULL, total_cents int NOT NULL, status text NOT NULL);
    CREATE TABLE order_lines (order_id text REFERENCES orders, product_id text, quantity int NOT NULL, PRIMARY KEY (order_id, product_id));
  `)
  await pool.query('INSERT INTO products SELECT id, $2, 0 FROM unnest($1::text[]) id', [PRODUCTS, STOCK])
  const payments = inProcessPayments(createLedger())

  const inTransaction = async <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      const result = await work(client)
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    } finally {
      client.release()
    }
  }
  const reserve = (orderId: string, lines: OrderLines): Promise<number> =>
    inTransaction(async (client) => {
      const [ids, quantities] = [lines.map(({ productId }) => productId), lines.map(({ quantity }) => quantity)]
      await client.query('SELECT id FROM products WHERE id = ANY($1) ORDER BY id FOR UPDATE', [ids])
      const { rowCount } = await client.query(
        `UPDATE products SET reserved = reserved + wanted.quantity FROM unnest($1::text[], $2::int[]) wanted (id, quantity)
         WHERE products.id = wanted.id AND on_hand - reserved >= wanted.quantity`,
        [ids, quantities],
      )
      if (rowCount !== ids.length) throw new Error('out of stock')
      const totalCents = quantities.reduce((sum, quantity) => sum + quantity * PRICE_CENTS, 0)
      await client.query("INSERT INTO orders VALUES ($1, $2, $3, 'reserved') ON CONFLICT DO NOTHING", [orderId, CUSTOMER, totalCents])
      await client.query('INSERT INTO order_lines SELECT $1, * FROM unnest($2::text[], $3::int[]) ON CONFLICT DO NOTHING', [
        orderId,
        ids,
        quantities,
      ])
      return totalCents
    })
  const placeOrder = DBOS.registerWorkflow(
    async (orderId: string, lines: OrderLines): Promise<void> => {
      const amountCents = await DBOS.runStep(() => reserve(orderId, lines), { name: 'reserve' })
      const charge = { key: `${orderId}/charge`, amountCents, method: 'card' }
      const { status } = await DBOS.runStep(() => payments.charge(charge, AbortSignal.timeout(5_000)), { name: 'pay' })
      const outcome = status === 'approved' ? 'confirmed' : 'cancelled'
      await DBOS.runStep(() => pool.query('UPDATE orders SET status = $2 WHERE id = $1', [orderId, outcome]).then(() => undefined), {
        name: 'confirm',
      })
    },
    { name: 'placeOrder' },
  )
  DBOS.setConfig({ name: 'orders', systemDatabaseUrl: url, systemDatabasePoolSize: CONNECTIONS, logLevel: 'error' })
  await DBOS.launch()
  return {
    async place(orderId, lines) {
      const handle = await DBOS.startWorkflow(placeOrder, { workflowID: orderId })(orderId, lines)
      await handle.getResult()
    },
    async [Symbol.asyncDispose]() {
      await DBOS.shutdown()
      await pool.end()
    },
  }
}
