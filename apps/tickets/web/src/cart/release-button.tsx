import { useEffect, useRef, useState, type ReactElement } from 'react'
import type { Cart } from './use-cart.ts'

/** Letting seats go while they are being paid for does not call the payment back: so it asks first. */
export function ReleaseButton({ cart, isPaying }: { readonly cart: Cart; readonly isPaying: boolean }): ReactElement {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <button
        type="button"
        className="button button-quiet"
        aria-disabled={cart.saving !== undefined}
        onClick={() => (isPaying ? setAsking(true) : cart.release())}
      >
        {cart.saving === 'release' ? 'Letting go…' : 'Let these seats go'}
      </button>
      {asking && <WhilePayingDialog release={cart.release} close={() => setAsking(false)} />}
    </>
  )
}

function WhilePayingDialog({ release, close }: { release(): void; close(): void }): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="while-paying-title" onClose={close}>
      <h2 id="while-paying-title">Your payment is under way</h2>
      <p>
        It can’t be stopped any more. If you let the seats go and the payment comes through, they are booked for you where they are still
        free; where one is gone, all of the money goes back to your card. A booking can be cancelled later, for the whole price.
      </p>
      <div className="notice-actions">
        <button type="button" className="button button-primary" autoFocus onClick={() => dialog.current?.close()}>
          Keep them
        </button>
        <button
          type="button"
          className="button button-danger"
          onClick={() => {
            release()
            dialog.current?.close()
          }}
        >
          Let them go
        </button>
      </div>
    </dialog>
  )
}
